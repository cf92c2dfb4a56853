-- What the repository of a cluster held when it was last read. The repository is the truth: a row goes with its backup.
create table backup (
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  label text not null,
  type text not null,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  size bigint not null,
  added bigint not null,
  wal_start text not null,
  wal_stop text not null,
  damaged boolean not null,
  run_id uuid,
  requested_by text,
  primary key (cluster_id, label)
);

create table backup_repository (
  cluster_id uuid primary key references cluster (id) on delete cascade on update cascade,
  at timestamptz(3) not null,
  wal_newest text,
  trouble jsonb
);

-- Restores in place: which branch of history a moment lies on.
create table backup_restore (
  run_id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  at timestamptz(3) not null,
  "to" timestamptz(3),
  from_timeline integer not null,
  node text not null,
  label text not null,
  requested_by text not null
);
create index backup_restore_cluster_id_at_idx on backup_restore (cluster_id, at);

create table restore_drill (
  run_id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  at timestamptz(3) not null default current_timestamp,
  good boolean not null,
  message text not null,
  result jsonb,
  requested_by text not null
);
create index restore_drill_cluster_id_at_idx on restore_drill (cluster_id, at desc);
