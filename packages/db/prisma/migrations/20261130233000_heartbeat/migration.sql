-- Of a channel that is a heartbeat: when the next one is due, when the last one ended, and what was wrong then.
alter table "alert_channel" add column heartbeat_next timestamptz(3), add column heartbeat_at timestamptz(3),
  add column heartbeat_trouble jsonb;
