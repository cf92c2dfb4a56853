-- Images in a registry as the source of apps. The password is in the table secret.
create table app_image_source (
  app_id uuid primary key references app (id) on delete cascade on update cascade,
  reference text not null,
  registry_user text,
  authority text,
  changed_by text not null,
  updated_at timestamptz(3) not null default current_timestamp
);

alter table deploy add column image boolean not null default false;
