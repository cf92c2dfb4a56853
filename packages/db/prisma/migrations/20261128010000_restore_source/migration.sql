-- A restore may take the data of another cluster in.
alter table backup_restore add column source text;
