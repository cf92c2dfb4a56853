-- A log is followed as long as somebody looks at it; what was read on request before is of minutes ago and goes.
drop table "app_log_read";

create table "app_log_follow" (
  "id" uuid not null,
  "cluster_id" uuid not null,
  "app" text not null,
  "seen_at" timestamptz(3) not null default current_timestamp,
  "owner" text,
  "taken_until" timestamptz(3),
  "last_batch" integer not null default 0,
  "trouble" jsonb,
  constraint "app_log_follow_pkey" primary key ("id")
);
create unique index "app_log_follow_cluster_id_app_key" on "app_log_follow"("cluster_id", "app");
alter table "app_log_follow" add constraint "app_log_follow_cluster_id_fkey"
  foreign key ("cluster_id") references "cluster"("id") on delete cascade on update cascade;

create table "app_log_batch" (
  "follow_id" uuid not null,
  "number" integer not null,
  "lines" jsonb not null,
  constraint "app_log_batch_pkey" primary key ("follow_id", "number")
);
alter table "app_log_batch" add constraint "app_log_batch_follow_id_fkey"
  foreign key ("follow_id") references "app_log_follow"("id") on delete cascade on update cascade;
