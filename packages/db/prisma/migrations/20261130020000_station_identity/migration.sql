-- A station on another machine has an identity of its own: a token (its hash is here) and a key that its secrets are encrypted to.
alter table station add column token_hash text, add column public_key bytea, add column added_by text;
create unique index station_token_hash_key on station (token_hash);

-- One-time codes with which a machine becomes a station.
create table station_code (
  id uuid primary key,
  hash text not null,
  name text not null,
  created_by text not null,
  created_at timestamptz(3) not null default current_timestamp,
  expires_at timestamptz(3) not null
);
create unique index station_code_hash_key on station_code (hash);

-- What of a flash is secret, encrypted by the worker for the station that carries it out; it goes with the run's end.
create table flash_kit (
  run_id uuid primary key references run (id) on delete cascade on update cascade,
  box bytea not null,
  created_at timestamptz(3) not null default current_timestamp
);
