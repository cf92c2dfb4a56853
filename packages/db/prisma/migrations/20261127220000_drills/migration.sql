-- What drills measured. It outlives the log of their runs.
create table drill_result (
  run_id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  at timestamptz(3) not null default current_timestamp,
  result jsonb not null
);
create index drill_result_cluster_id_at_idx on drill_result (cluster_id, at desc);
