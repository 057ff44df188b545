-- AlterTable
ALTER TABLE "import_row" ADD COLUMN     "line" INTEGER;
