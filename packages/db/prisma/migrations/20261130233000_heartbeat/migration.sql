-- Of a channel that is a heartbeat: when it was sent last, and what kept it from being sent.
alter table "alert_channel" add column heartbeat_at timestamptz(3), add column heartbeat_trouble jsonb;
