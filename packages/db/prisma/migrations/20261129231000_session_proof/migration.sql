-- When the person behind a session proved last who they are; null: at the sign-in.
alter table "session" add column proved_at timestamptz(3);
