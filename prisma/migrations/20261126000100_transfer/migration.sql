-- AlterTable
ALTER TABLE "edit" ADD COLUMN     "batch_id" UUID;

-- CreateTable
CREATE TABLE "transfer_upload" (
    "id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "size" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transfer_upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transfer_part" (
    "upload_id" UUID NOT NULL,
    "start" BIGINT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "transfer_part_pkey" PRIMARY KEY ("upload_id","start")
);

-- CreateTable
CREATE TABLE "import_batch" (
    "id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "key" TEXT,
    "upload_id" UUID NOT NULL,
    "options" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "is_dry_run" BOOLEAN NOT NULL,
    "is_cancelled" BOOLEAN NOT NULL DEFAULT false,
    "problem" TEXT,
    "facts" JSONB,
    "pass" SMALLINT NOT NULL DEFAULT 1,
    "position" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "incomplete" INTEGER NOT NULL DEFAULT 0,
    "acts" INTEGER NOT NULL DEFAULT 0,
    "undo_actor_id" UUID,
    "undone" INTEGER NOT NULL DEFAULT 0,
    "kept" INTEGER NOT NULL DEFAULT 0,
    "holder" TEXT,
    "held_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "import_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_row" (
    "batch_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "subject_id" UUID,
    "changes" JSONB NOT NULL,
    "errors" JSONB NOT NULL,
    "deferred" JSONB,

    CONSTRAINT "import_row_pkey" PRIMARY KEY ("batch_id","number")
);

-- CreateTable
CREATE TABLE "import_act" (
    "batch_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "edit_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "is_created" BOOLEAN NOT NULL,
    "steps" JSONB NOT NULL,
    "undo" TEXT,
    "undo_error" JSONB,

    CONSTRAINT "import_act_pkey" PRIMARY KEY ("batch_id","seq")
);

-- CreateIndex
CREATE INDEX "edit_finished_at_idx" ON "edit"("finished_at");

-- CreateIndex
CREATE INDEX "edit_batch_id_finished_at_idx" ON "edit"("batch_id", "finished_at");

-- CreateIndex
CREATE INDEX "transfer_upload_expires_at_idx" ON "transfer_upload"("expires_at");

-- CreateIndex
CREATE INDEX "import_batch_finished_at_idx" ON "import_batch"("finished_at");

-- CreateIndex
CREATE INDEX "import_batch_expires_at_idx" ON "import_batch"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "import_batch_actor_id_key_key" ON "import_batch"("actor_id", "key");

-- CreateIndex
CREATE INDEX "import_row_batch_id_action_number_idx" ON "import_row"("batch_id", "action", "number");

-- CreateIndex
CREATE UNIQUE INDEX "import_act_batch_id_edit_id_key" ON "import_act"("batch_id", "edit_id");

-- AddForeignKey
ALTER TABLE "transfer_part" ADD CONSTRAINT "transfer_part_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "transfer_upload"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_row" ADD CONSTRAINT "import_row_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "import_batch"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_act" ADD CONSTRAINT "import_act_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "import_batch"("id") ON DELETE CASCADE ON UPDATE CASCADE;
