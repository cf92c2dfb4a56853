-- The public key that secrets are sealed to: one row, written by who holds the private key.
create table sealing_key (
  id text primary key,
  public_key bytea not null,
  created_at timestamptz(3) not null default current_timestamp
);
create unique index sealing_key_single on sealing_key ((true));

-- The part of a secret that pages show; filled for older rows when they are sealed again.
alter table secret add column shown text;

-- A secret on its way to who asked to see it: sealed to a key that only the asking process has.
create table reveal (
  id uuid primary key,
  cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
  requested_by text not null,
  public_key bytea not null,
  taken boolean not null default false,
  answer bytea,
  trouble jsonb,
  created_at timestamptz(3) not null default current_timestamp
);
