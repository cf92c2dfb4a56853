-- The order of a cluster's runs as its nodes see it: rises also when the clock of the database was set back. 0: never claimed.
alter table "run" add column turn bigint not null default 0;
