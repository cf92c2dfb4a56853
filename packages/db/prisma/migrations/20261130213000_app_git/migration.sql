-- Git repositories as the source of apps. Key and token are in the table secret.
create table app_git_source (
  app_id uuid primary key references app (id) on delete cascade on update cascade,
  url text not null,
  branch text,
  folder text,
  has_token boolean not null default false,
  public_key text,
  host_key text,
  shown_key text,
  poll boolean not null default true,
  poll_seconds integer not null default 60,
  hook_salt text,
  tip text,
  asked_commit text,
  checked_at timestamptz(3),
  next_check_at timestamptz(3) not null default current_timestamp,
  failures integer not null default 0,
  trouble jsonb,
  changed_by text not null,
  updated_at timestamptz(3) not null default current_timestamp
);

alter table deploy add column git boolean not null default false;
alter table deploy add column git_commit jsonb;
