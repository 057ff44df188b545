-- AlterTable
ALTER TABLE "webhook" ADD COLUMN     "rotated_by" TEXT;
