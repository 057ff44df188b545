-- AlterTable
ALTER TABLE "edit" ADD COLUMN     "answer" JSONB;
