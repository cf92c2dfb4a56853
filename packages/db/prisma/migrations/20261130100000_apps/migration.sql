-- Apps: the user's own projects, their releases, and what was asked for them.
create table app (
  id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  name text not null,
  created_at timestamptz(3) not null default current_timestamp,
  status jsonb,
  status_at timestamptz(3)
);
create unique index app_cluster_id_name_key on app (cluster_id, name);

create table release (
  id uuid primary key,
  app_id uuid not null references app (id) on delete cascade on update cascade,
  digest text not null,
  found jsonb not null,
  source text not null,
  size bigint not null,
  made_by text not null,
  created_at timestamptz(3) not null default current_timestamp
);
create unique index release_app_id_digest_key on release (app_id, digest);

create table deploy (
  id uuid primary key,
  app_id uuid not null references app (id) on delete cascade on update cascade,
  kind text not null,
  release_id uuid references release (id) on delete cascade on update cascade,
  state text not null default 'waiting',
  run_id uuid,
  requested_by text not null,
  message text not null default '',
  generation integer,
  outcome text,
  created_at timestamptz(3) not null default current_timestamp,
  ended_at timestamptz(3)
);
create index deploy_app_id_created_at_idx on deploy (app_id, created_at desc);
create index deploy_run_id_idx on deploy (run_id);

-- Uploads are received by the dashboard and checked by a worker.
create table app_upload (
  id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  name text not null,
  size bigint not null,
  received bigint not null default 0,
  sha256 text,
  app text,
  state text not null default 'receiving',
  digest text,
  found jsonb,
  trouble jsonb,
  requested_by text not null,
  created_at timestamptz(3) not null default current_timestamp,
  updated_at timestamptz(3) not null default current_timestamp
);
create index app_upload_cluster_id_idx on app_upload (cluster_id);

create table app_log_read (
  id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  app text not null,
  lines integer not null,
  taken boolean not null default false,
  answer jsonb,
  trouble jsonb,
  created_at timestamptz(3) not null default current_timestamp
);
