-- What is watched now: one row each a cluster, a node, a subject of measures.

-- CreateTable
CREATE TABLE "watch_lease" (
    "cluster_id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "watch_lease_pkey" PRIMARY KEY ("cluster_id")
);

-- CreateTable
-- Rewritten every few seconds and worth nothing after a crash, so it is kept out of the write-ahead log: the card lives longer.
CREATE UNLOGGED TABLE "node_state" (
    "cluster_id" UUID NOT NULL,
    "node" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "state" JSONB NOT NULL,

    CONSTRAINT "node_state_pkey" PRIMARY KEY ("cluster_id","node")
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 500);

-- CreateTable
CREATE TABLE "watch_subject" (
    "id" SERIAL NOT NULL,
    "cluster_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "watch_subject_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "timeline_event" (
    "id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3),
    "kind" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "node" TEXT,
    "words" TEXT NOT NULL,
    "link" TEXT,

    CONSTRAINT "timeline_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "watch_subject_cluster_id_kind_node_name_key" ON "watch_subject"("cluster_id", "kind", "node", "name");

-- CreateIndex
CREATE INDEX "timeline_event_cluster_id_at_idx" ON "timeline_event"("cluster_id", "at");

-- AddForeignKey
ALTER TABLE "watch_lease" ADD CONSTRAINT "watch_lease_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node_state" ADD CONSTRAINT "node_state_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "watch_subject" ADD CONSTRAINT "watch_subject_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timeline_event" ADD CONSTRAINT "timeline_event_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The measures. Partitioned by time, made and dropped by packages/db/src/partitions.ts; in a schema of their own, which
-- Prisma does not look into. An array holds one place a measure, in the order of the subject's kind; NULL: not measured.
-- The columns are ordered by their alignment. A sample has no foreign key: what a removed cluster leaves is in `forgotten`.

CREATE SCHEMA "history";

CREATE TABLE "history"."sample_raw" (
    "at" TIMESTAMPTZ(3) NOT NULL,
    "subject" INTEGER NOT NULL,
    "measured" REAL[] NOT NULL,

    CONSTRAINT "sample_raw_pkey" PRIMARY KEY ("subject","at")
) PARTITION BY RANGE ("at");

CREATE TABLE "history"."sample_minute" (
    "at" TIMESTAMPTZ(3) NOT NULL,
    "subject" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "average" REAL[] NOT NULL,
    "highest" REAL[] NOT NULL,

    CONSTRAINT "sample_minute_pkey" PRIMARY KEY ("subject","at")
) PARTITION BY RANGE ("at");

CREATE TABLE "history"."sample_ten" (
    LIKE "history"."sample_minute",
    CONSTRAINT "sample_ten_pkey" PRIMARY KEY ("subject","at")
) PARTITION BY RANGE ("at");

CREATE TABLE "history"."sample_hour" (
    LIKE "history"."sample_minute",
    CONSTRAINT "sample_hour_pkey" PRIMARY KEY ("subject","at")
) PARTITION BY RANGE ("at");

CREATE TABLE "history"."sample_day" (
    LIKE "history"."sample_minute",
    CONSTRAINT "sample_day_pkey" PRIMARY KEY ("subject","at")
) PARTITION BY RANGE ("at");

-- Up to when the samples of a table were rolled up from the finer one.
CREATE TABLE "history"."rolled" (
    "tier" TEXT NOT NULL,
    "seconds" INTEGER NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rolled_pkey" PRIMARY KEY ("tier")
);

-- Subjects of removed clusters whose samples are still to be deleted.
CREATE TABLE "history"."forgotten" (
    "subject" INTEGER NOT NULL,

    CONSTRAINT "forgotten_pkey" PRIMARY KEY ("subject")
);
