-- CreateTable
CREATE TABLE "edit" (
    "id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "key" TEXT,
    "input_hash" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "shared" TEXT[],
    "exclusive" TEXT[],
    "plan" JSONB,
    "written" JSONB NOT NULL,
    "subject_id" UUID,
    "holder" TEXT NOT NULL,
    "held_until" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "edit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "edit_state_idx" ON "edit"("state");

-- CreateIndex
CREATE INDEX "edit_created_at_idx" ON "edit"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "edit_actor_id_key_key" ON "edit"("actor_id", "key");

-- CreateTable
CREATE TABLE "invitation" (
    "staff_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "invited_by" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("staff_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "invitation_token_hash_key" ON "invitation"("token_hash");
