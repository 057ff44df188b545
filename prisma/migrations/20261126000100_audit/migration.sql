-- AlterTable
ALTER TABLE "edit" ADD COLUMN "record" JSONB;

-- AlterTable
ALTER TABLE "audit" ADD COLUMN "actor_dn" TEXT,
ADD COLUMN "actor_login" TEXT,
ADD COLUMN "address" TEXT,
ADD COLUMN "batch_id" UUID,
ADD COLUMN "changes" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN "edit_id" UUID,
ADD COLUMN "hash" TEXT NOT NULL DEFAULT '',
ADD COLUMN "on_behalf_of" UUID,
ADD COLUMN "outcome" TEXT NOT NULL DEFAULT 'DONE',
ADD COLUMN "reason" TEXT,
ADD COLUMN "request_id" TEXT,
ADD COLUMN "source" TEXT NOT NULL DEFAULT 'API',
ADD COLUMN "source_key" TEXT,
ADD COLUMN "subject_id" UUID,
ADD COLUMN "subject_kind" TEXT,
ADD COLUMN "subject_label" TEXT,
ADD COLUMN "touched" UUID[],
ADD COLUMN "user_agent" TEXT,
ALTER COLUMN "id" DROP DEFAULT,
ALTER COLUMN "at" SET DEFAULT clock_timestamp();
DROP SEQUENCE "audit_id_seq";

-- CreateTable
CREATE TABLE "audit_head" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "last_id" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_source" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "position" TEXT NOT NULL,

    CONSTRAINT "audit_source_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "audit_head" ADD CONSTRAINT "audit_head_one_row" CHECK ("id" = 1);
ALTER TABLE "audit_source" ADD CONSTRAINT "audit_source_one_row" CHECK ("id" = 1);

-- What a record adds to the chain: each value that there is as name:bytes:value, so that no two records look alike, and a
-- column that comes later changes the text of no record that does not have it. src/audit/chain.ts makes the same text.
CREATE FUNCTION audit_text(r audit) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT string_agg(v.name || ':' || octet_length(v.value) || ':' || v.value, ',' ORDER BY v.place)
  FROM (VALUES
    (1, 'id', r.id::text),
    (2, 'at', (extract(epoch FROM r.at) * 1000)::bigint::text),
    (3, 'action', r.action),
    (4, 'outcome', r.outcome),
    (5, 'reason', r.reason),
    (6, 'source', r.source),
    (7, 'source_key', r.source_key),
    (8, 'actor_id', r.actor_id::text),
    (9, 'actor_login', r.actor_login),
    (10, 'actor_dn', r.actor_dn),
    (11, 'on_behalf_of', r.on_behalf_of::text),
    (12, 'subject_kind', r.subject_kind),
    (13, 'subject_id', r.subject_id::text),
    (14, 'subject_label', r.subject_label),
    (15, 'batch_id', r.batch_id::text),
    (16, 'edit_id', r.edit_id::text),
    (17, 'address', r.address),
    (18, 'user_agent', r.user_agent),
    (19, 'request_id', r.request_id),
    (20, 'changes', r.changes::text),
    (21, 'touched', r.touched::text),
    (22, 'detail', r.detail::text)
  ) AS v(place, name, value)
  WHERE v.value IS NOT NULL
$$;

CREATE FUNCTION audit_hash(previous text, r audit) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(previous || E'\n' || audit_text(r), 'UTF8')), 'hex')
$$;

-- Records from before the chain get their places in it, in the order in which they were written.
DO $$
DECLARE
  r audit%ROWTYPE;
  old_id bigint;
  head_id bigint := 0;
  head_hash text := repeat('0', 64);
BEGIN
  FOR r IN SELECT * FROM audit ORDER BY id LOOP
    old_id := r.id;
    head_id := head_id + 1;
    r.id := head_id;
    head_hash := audit_hash(head_hash, r);
    UPDATE audit SET id = head_id, hash = head_hash WHERE id = old_id;
  END LOOP;
  INSERT INTO audit_head (last_id, hash) VALUES (head_id, head_hash);
END
$$;

ALTER TABLE "audit" ALTER COLUMN "hash" DROP DEFAULT;

-- CreateIndex
CREATE UNIQUE INDEX "audit_hash_key" ON "audit"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "audit_source_key_key" ON "audit"("source_key");

-- CreateIndex
CREATE INDEX "audit_subject_id_id_idx" ON "audit"("subject_id", "id");

-- CreateIndex
CREATE INDEX "audit_actor_id_id_idx" ON "audit"("actor_id", "id");

-- CreateIndex
CREATE INDEX "audit_action_id_idx" ON "audit"("action", "id");

-- CreateIndex
CREATE INDEX "audit_batch_id_id_idx" ON "audit"("batch_id", "id");

-- CreateIndex
CREATE INDEX "audit_touched_idx" ON "audit" USING GIN ("touched");

-- Whoever inserts, the database gives the record its number, its time and its place in the chain. The head stays locked until
-- the transaction ends, so that there is one chain whatever number of machines writes it.
CREATE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  head audit_head%ROWTYPE;
BEGIN
  SELECT * INTO STRICT head FROM audit_head h WHERE h.id = 1 FOR UPDATE;
  NEW.id := head.last_id + 1;
  NEW.at := date_trunc('milliseconds', clock_timestamp());
  NEW.hash := audit_hash(head.hash, NEW);
  UPDATE audit_head h SET last_id = NEW.id, hash = NEW.hash WHERE h.id = 1;
  RETURN NEW;
END
$$;
CREATE TRIGGER audit_chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
-- Only the trigger of an insert moves the head.
CREATE TRIGGER audit_head_moved BEFORE UPDATE ON audit_head
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_kept BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
