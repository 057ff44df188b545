-- CreateTable
CREATE TABLE "log_head" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "version" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "base_version" BIGINT NOT NULL,
    "base_hash" TEXT NOT NULL,

    CONSTRAINT "log_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_version" (
    "version" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "log_version_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "log_change" (
    "version" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "entry_id" UUID NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "log_change_pkey" PRIMARY KEY ("version","kind","entry_id")
);

-- CreateTable
CREATE TABLE "entry" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "content" JSONB NOT NULL,

    CONSTRAINT "entry_pkey" PRIMARY KEY ("id","kind")
);

-- CreateTable
CREATE TABLE "node" (
    "id" UUID NOT NULL,
    "parent_id" UUID,
    "rdn" TEXT NOT NULL,
    "csn" TEXT,
    "source" JSONB,

    CONSTRAINT "node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "source" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "cookie" TEXT,
    "stopped" TEXT,
    "confirmed" BOOLEAN NOT NULL DEFAULT false,
    "reconciled_at" TIMESTAMPTZ(3),

    CONSTRAINT "source_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "token" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "family_secret_hash" TEXT NOT NULL,
    "refresh_hash" TEXT NOT NULL,
    "previous_refresh_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "address" TEXT NOT NULL,
    "user_agent" TEXT NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_attempt" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "blocked_until" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "login_attempt_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "detail" JSONB NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "session_staff_id_idx" ON "session"("staff_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE INDEX "session_revoked_at_idx" ON "session"("revoked_at");

-- CreateIndex
CREATE INDEX "login_attempt_updated_at_idx" ON "login_attempt"("updated_at");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- The rows of which there is one, and version 0: the empty directory, from which the hash chain starts (L4).
INSERT INTO "log_head" ("id", "version", "hash", "base_version", "base_hash")
  VALUES (1, 0, repeat('0', 64), 0, repeat('0', 64));
INSERT INTO "log_version" ("version", "hash") VALUES (0, repeat('0', 64));
INSERT INTO "source" ("id") VALUES (1);
ALTER TABLE "log_head" ADD CONSTRAINT "log_head_one_row" CHECK ("id" = 1);
ALTER TABLE "source" ADD CONSTRAINT "source_one_row" CHECK ("id" = 1);
