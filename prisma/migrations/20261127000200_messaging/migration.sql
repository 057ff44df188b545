-- CreateTable
CREATE TABLE "conversation" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "pair" TEXT,
    "name" TEXT,
    "owner_id" UUID,
    "created_by" UUID NOT NULL,
    "head" INTEGER NOT NULL DEFAULT 0,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation_member" (
    "conversation_id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "since" INTEGER NOT NULL,
    "read" INTEGER NOT NULL,
    "is_muted" BOOLEAN NOT NULL DEFAULT false,
    "is_pinned" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "conversation_member_pkey" PRIMARY KEY ("conversation_id","staff_id")
);

-- CreateTable
CREATE TABLE "message" (
    "conversation_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "id" UUID NOT NULL,
    "event" INTEGER NOT NULL,
    "sender_id" UUID NOT NULL,
    "key" TEXT,
    "body" JSONB NOT NULL,
    "grams" tsvector,
    "sent_at" TIMESTAMPTZ(3) NOT NULL,
    "recalled_at" TIMESTAMPTZ(3),

    CONSTRAINT "message_pkey" PRIMARY KEY ("conversation_id","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "conversation_pair_key" ON "conversation"("pair");

-- CreateIndex
CREATE INDEX "conversation_member_staff_id_idx" ON "conversation_member"("staff_id");

-- CreateIndex
CREATE UNIQUE INDEX "message_id_key" ON "message"("id");

-- CreateIndex
CREATE INDEX "message_conversation_id_event_idx" ON "message"("conversation_id", "event");

-- CreateIndex
CREATE INDEX "message_grams_idx" ON "message" USING GIN ("grams");

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_sender_id_key_key" ON "message"("conversation_id", "sender_id", "key");

-- AddForeignKey
ALTER TABLE "conversation_member" ADD CONSTRAINT "conversation_member_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The next event of a conversation, and word of it to every server when the transaction commits. Its row stays locked, so that events
-- are numbered and announced in the order in which they are committed. Null when there is no such conversation.
CREATE FUNCTION next_event(of_conversation uuid) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  number int;
BEGIN
  UPDATE conversation c SET head = head + 1 WHERE c.id = of_conversation RETURNING c.head INTO number;
  IF number IS NOT NULL THEN
    PERFORM pg_notify('messaging', of_conversation || ' ' || number);
  END IF;
  RETURN number;
END
$$;

-- Writes a message of a member down, once for each of their keys, and marks all before it as read by them. Null when they are no
-- member; with a key that was used before, the message of then.
CREATE FUNCTION send_message(
  of_conversation uuid, new_id uuid, by_sender uuid, with_key text, with_body jsonb, with_grams text[], at timestamptz
) RETURNS message
LANGUAGE plpgsql AS $$
DECLARE
  made message%ROWTYPE;
BEGIN
  PERFORM FROM conversation c WHERE c.id = of_conversation FOR UPDATE;
  IF with_key IS NOT NULL THEN
    SELECT * INTO made FROM message m
      WHERE m.conversation_id = of_conversation AND m.sender_id = by_sender AND m.key = with_key;
    IF FOUND THEN
      RETURN made;
    END IF;
  END IF;
  PERFORM FROM conversation_member b WHERE b.conversation_id = of_conversation AND b.staff_id = by_sender;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  made.seq := next_event(of_conversation);
  INSERT INTO message (conversation_id, seq, id, event, sender_id, key, body, grams, sent_at)
    VALUES (of_conversation, made.seq, new_id, made.seq, by_sender, with_key, with_body, array_to_tsvector(with_grams), at)
    RETURNING * INTO made;
  UPDATE conversation c SET last_at = at WHERE c.id = of_conversation;
  UPDATE conversation_member b SET read = made.seq
    WHERE b.conversation_id = of_conversation AND b.staff_id = by_sender;
  RETURN made;
END
$$;
