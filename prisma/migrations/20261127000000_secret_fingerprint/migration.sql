-- CreateTable
CREATE TABLE "secret_fingerprint" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "fingerprint" TEXT NOT NULL,

    CONSTRAINT "secret_fingerprint_pkey" PRIMARY KEY ("id")
);
