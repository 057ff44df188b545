-- CreateTable
CREATE TABLE "integration" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "staff_id" UUID NOT NULL,
    "scopes" TEXT[],
    "created_by" UUID NOT NULL,
    "key" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "integration_token" (
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "issued_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_on" DATE,

    CONSTRAINT "integration_token_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "integration_name_key" ON "integration"("name");

-- CreateIndex
CREATE UNIQUE INDEX "integration_created_by_key_key" ON "integration"("created_by", "key");

-- CreateIndex
CREATE UNIQUE INDEX "integration_token_prefix_key" ON "integration_token"("prefix");

-- CreateIndex
CREATE INDEX "integration_token_integration_id_idx" ON "integration_token"("integration_id");

-- CreateIndex
CREATE INDEX "integration_token_expires_at_idx" ON "integration_token"("expires_at");

-- AddForeignKey
ALTER TABLE "integration_token" ADD CONSTRAINT "integration_token_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integration"("id") ON DELETE CASCADE ON UPDATE CASCADE;
