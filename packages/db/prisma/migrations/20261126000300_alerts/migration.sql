-- What is wrong, since when, and until when. A pending one holds and has not fired yet.
create table alert (
    id uuid primary key,
    cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
    rule text not null,
    node text not null default '',
    subject text not null default '',
    state text not null,
    level text not null,
    words text not null,
    cure text not null,
    value double precision,
    since timestamptz(3) not null,
    fired_at timestamptz(3),
    absent_since timestamptz(3),
    over_at timestamptz(3),
    words_at timestamptz(3) not null,
    times integer not null default 1,
    told_level text
);
-- One at a time of each kind, also when two workers look at once.
create unique index alert_one on alert (cluster_id, rule, node, subject) where state <> 'over';
create index alert_cluster_id_fired_at_idx on alert (cluster_id, fired_at desc);
create index alert_fired_at_idx on alert (fired_at desc);

create table alert_rule (
    cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
    rule text not null,
    setting jsonb not null,
    changed_by text not null,
    updated_at timestamptz(3) not null default current_timestamp,
    primary key (cluster_id, rule)
);

create table alert_silence (
    id uuid primary key,
    cluster_id uuid not null references cluster (id) on delete cascade on update cascade,
    rule text,
    node text,
    until timestamptz(3) not null,
    reason text not null,
    made_by text not null,
    created_at timestamptz(3) not null default current_timestamp,
    ended_at timestamptz(3)
);
create index alert_silence_cluster_id_until_idx on alert_silence (cluster_id, until desc);

create table alert_channel (
    id uuid primary key,
    name text not null,
    kind text not null,
    place text not null,
    sealed bytea not null,
    least_level text not null,
    enabled boolean not null default true,
    made_by text not null,
    created_at timestamptz(3) not null default current_timestamp
);
create unique index alert_channel_name_key on alert_channel (name);

create table alert_delivery (
    id uuid primary key,
    channel_id uuid not null references alert_channel (id) on delete cascade on update cascade,
    alert_id uuid references alert (id) on delete cascade on update cascade,
    event text not null,
    state text not null default 'queued',
    attempts integer not null default 0,
    next_try timestamptz(3) not null,
    claimed_by text,
    claimed_until timestamptz(3),
    trouble jsonb,
    answer text,
    requested_by text,
    created_at timestamptz(3) not null default current_timestamp,
    sent_at timestamptz(3)
);
create index alert_delivery_alert_id_idx on alert_delivery (alert_id);
create index alert_delivery_channel_id_created_at_idx on alert_delivery (channel_id, created_at desc);
-- The few that are still to be sent.
create index alert_delivery_due_idx on alert_delivery (next_try) where state in ('queued', 'sending');
