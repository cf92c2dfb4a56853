-- Of the samples that come with Bramble: which one. Null: somebody's own upload.
alter table "app_upload" add column sample text;
