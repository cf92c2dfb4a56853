-- CreateTable
CREATE TABLE "station" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "cards" JSONB NOT NULL,
    "networks" JSONB NOT NULL,
    "lacks" JSONB NOT NULL,
    "owner" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "station_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "image" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "facts" JSONB,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "requested_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "image_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "image_copy" (
    "image_id" UUID NOT NULL,
    "station_id" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "wanted" BOOLEAN NOT NULL DEFAULT true,
    "done" BIGINT NOT NULL DEFAULT 0,
    "total" BIGINT,
    "bytes_on_disk" BIGINT NOT NULL DEFAULT 0,
    "trouble" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "image_copy_pkey" PRIMARY KEY ("image_id","station_id")
);

-- CreateTable
CREATE TABLE "card_record" (
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "cluster" TEXT NOT NULL,
    "cluster_id" UUID,
    "node" TEXT NOT NULL,
    "station_id" TEXT NOT NULL,
    "station" TEXT NOT NULL,
    "image_id" UUID NOT NULL,
    "image" TEXT NOT NULL,
    "identity" JSONB NOT NULL,
    "card_key" TEXT,
    "wifi" BOOLEAN NOT NULL DEFAULT false,
    "phase" TEXT NOT NULL DEFAULT 'waiting',
    "progress" JSONB,
    "report" JSONB,
    "trouble" JSONB,
    "public_line" TEXT,
    "host_key" TEXT,
    "address" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "written_at" TIMESTAMPTZ(3),
    "booting_at" TIMESTAMPTZ(3),
    "online_at" TIMESTAMPTZ(3),

    CONSTRAINT "card_record_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "card_record_run_id_idx" ON "card_record"("run_id");

-- CreateIndex
CREATE INDEX "card_record_cluster_id_node_created_at_idx" ON "card_record"("cluster_id", "node", "created_at" DESC);

-- CreateIndex
CREATE INDEX "card_record_created_at_idx" ON "card_record"("created_at" DESC);

-- CreateIndex
CREATE INDEX "card_record_card_key_created_at_idx" ON "card_record"("card_key", "created_at" DESC);

-- CreateIndex
CREATE INDEX "card_record_phase_idx" ON "card_record"("phase");

-- AddForeignKey
ALTER TABLE "image_copy" ADD CONSTRAINT "image_copy_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "image_copy" ADD CONSTRAINT "image_copy_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "station"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "card_record" ADD CONSTRAINT "card_record_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "cluster"("id") ON DELETE SET NULL ON UPDATE CASCADE;
