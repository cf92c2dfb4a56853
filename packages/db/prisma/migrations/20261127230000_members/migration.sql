-- A node that is on its way out of its cluster.
ALTER TABLE "node" ADD COLUMN "leaving" BOOLEAN NOT NULL DEFAULT false;
