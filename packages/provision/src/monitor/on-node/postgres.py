SOCKET = '/var/run/postgresql'

# Every tick. What the statistics count is told as it is; the worker makes rates of it.
NOW = """select jsonb_build_object(
 'version', current_setting('server_version'), 'backend', pg_backend_pid(), 'recovery', pg_is_in_recovery(),
 'readOnly', pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean,
 'started', pg_postmaster_start_time(), 'max', current_setting('max_connections')::int,
 'reserved', current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0),
 'wal', (case when pg_is_in_recovery() then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
   else pg_current_wal_lsn() end) - '0/0'::pg_lsn,
 'receiver', (select jsonb_build_object('state', status, 'sent', latest_end_lsn - '0/0'::pg_lsn,
   'replayed', pg_last_wal_replay_lsn() - '0/0'::pg_lsn,
   'age', extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())) from pg_stat_wal_receiver),
 'totals', (select jsonb_build_object('commits', sum(xact_commit), 'rollbacks', sum(xact_rollback), 'read', sum(tup_returned),
   'inserted', sum(tup_inserted), 'updated', sum(tup_updated), 'deleted', sum(tup_deleted), 'hit', sum(blks_hit),
   'blocks', sum(blks_read), 'temp', sum(temp_bytes), 'deadlocks', sum(deadlocks)) from pg_stat_database),
 'checkpoints', (select jsonb_build_object(%s),
 'sessions', (select jsonb_build_object('total', count(*), 'waiting', count(*) filter (where wait_event_type = 'Lock'),
   'active', count(*) filter (where state = 'active' and pid <> pg_backend_pid() and wait_event_type is distinct from 'Lock'),
   'idle', count(*) filter (where state = 'idle' or pid = pg_backend_pid()),
   'own', count(*) filter (where usename = 'postgres'),
   'idleInTransaction', count(*) filter (where state like 'idle in transaction%%')) from mine),
 'longest', (select jsonb_build_object('seconds', extract(epoch from clock_timestamp() - xact_start), 'user', coalesce(usename, ''),
   'state', coalesce(state, ''), 'query', left(query, 300)) from mine
   where xact_start is not null and pid <> pg_backend_pid() order by xact_start limit 1),
 'locks', (select count(*) from pg_locks where pid <> pg_backend_pid()),
 'blocked', (select coalesce(jsonb_agg(jsonb_build_object('pid', pid, 'by', pg_blocking_pids(pid), 'query', left(query, 300), 'seconds',
   extract(epoch from clock_timestamp() - coalesce((select min(waitstart) from pg_locks l where l.pid = mine.pid and not granted),
   query_start)))), '[]') from (select * from mine where wait_event_type = 'Lock' limit 20) mine),
 'replication', (select coalesce(jsonb_agg(jsonb_build_object('name', application_name, 'address', coalesce(host(client_addr), ''),
   'state', coalesce(state, ''), 'sync', coalesce(sync_state, ''), 'lag', (case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
   else pg_current_wal_lsn() end) - replay_lsn, 'age', extract(epoch from replay_lag)) order by application_name), '[]')
   from pg_stat_replication),
 'slots', (select coalesce(jsonb_agg(jsonb_build_object('name', slot_name, 'active', active, 'retained',
   (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end) - restart_lsn) order by slot_name), '[]')
   from pg_replication_slots),
 'archiver', (select jsonb_build_object('archived', last_archived_time, 'failed', last_failed_time) from pg_stat_archiver
   where current_setting('archive_mode') <> 'off'))"""
SESSIONS = "with mine as materialized (select * from pg_stat_activity where backend_type = 'client backend') "
CHECKPOINTS = {
    15: "'timed', checkpoints_timed, 'requested', checkpoints_req, 'ms', checkpoint_write_time + checkpoint_sync_time) from pg_stat_bgwriter",
    17: "'timed', num_timed, 'requested', num_requested, 'ms', write_time + sync_time) from pg_stat_checkpointer"}

# Once a minute.
SIZES = """select jsonb_build_object('databases', (select coalesce(jsonb_agg(jsonb_build_object('name', datname, 'size',
   pg_database_size(oid)) order by datname), '[]') from pg_database where datallowconn and not datistemplate),
 'rows', (select jsonb_build_object('live', sum(n_live_tup), 'dead', sum(n_dead_tup)) from pg_stat_user_tables),
 'tables', (select coalesce(jsonb_agg(to_jsonb(t) order by t.size desc), '[]') from (
   select * from (select schemaname || '.' || s.relname as name, pg_total_relation_size(s.relid) as size, n_live_tup as rows,
     n_dead_tup as "deadRows", greatest(last_vacuum, last_autovacuum) as "vacuumedAt" from pg_stat_user_tables s
     join pg_class c on c.oid = s.relid order by c.relpages + n_live_tup / 50 desc limit 30) largest order by size desc limit 10) t))"""
STATEMENTS = """select coalesce(jsonb_agg(to_jsonb(s)), '[]') from (select left(query, 300) as query, calls,
   round(total_exec_time::numeric, 1) as "totalMs", round(mean_exec_time::numeric, 2) as "meanMs", rows from pg_stat_statements
   where dbid = (select oid from pg_database where datname = current_database()) order by total_exec_time desc limit 10) s"""


class Psql:
    """A psql that stays, as the user postgres over the local socket: questions in, one line of JSON each out."""

    # Its own queries are not counted among the slow ones, and none of them may hold anybody up.
    SETTINGS = ('statement_timeout=2000 lock_timeout=500 jit=off pg_stat_statements.track=none log_min_duration_statement=-1 '
                'idle_in_transaction_session_timeout=10000').split()

    def __init__(self, database):
        self.database, self.child, self.rest, self.asked = database, None, b'', 0

    def open(self):
        unix(SOCKET + '/.s.PGSQL.5432', 1).close()
        # /usr/bin/psql is a script that looks for this one.
        versions = sorted(name for name in os.listdir('/usr/lib/postgresql') if name.isdigit())
        user = pwd.getpwnam('postgres')
        self.child = subprocess.Popen(
            ['/usr/lib/postgresql/%s/bin/psql' % versions[-1], '-XAtqw', '-h', SOCKET, '-d', self.database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0, cwd='/',
            user=user.pw_uid, group=user.pw_gid, extra_groups=[],
            env={**ENV, 'PGAPPNAME': 'bramble-watch', 'PGOPTIONS': ' '.join('-c ' + setting for setting in self.SETTINGS)})
        self.rest = b''

    def ask(self, sql, seconds):
        """The line that the query returns."""
        until = Until(seconds)
        fresh = self.child is None
        if fresh:
            self.open()
        self.asked += 1
        try:
            self.child.stdin.write(b"%s;\n\\echo '#' :ERROR :LAST_ERROR_MESSAGE\n\\echo '.%d'\n" % (sql.encode(), self.asked))
            lines = self.upto(b'.%d' % self.asked, until)
        except (OSError, EOFError):
            said = self.rest.decode('utf-8', 'replace').strip().splitlines()
            self.close()
            if not fresh:
                # PostgreSQL restarted since the last question.
                return self.ask(sql, until.left())
            raise Silent(said[-1].rpartition('failed: ')[2] if said else 'psql ends')
        except Silent:
            self.close()
            raise
        for line in lines:
            if line.startswith(b'# true '):
                raise Silent(line[7:].decode('utf-8', 'replace'))
        return next((json.loads(line) for line in lines if line[:1] in (b'{', b'[')), None)

    def upto(self, mark, until):
        lines = []
        while True:
            line, end, rest = self.rest.partition(b'\n')
            if end:
                self.rest = rest
                if line == mark:
                    return lines
                lines.append(line)
                continue
            if not select.select([self.child.stdout], [], [], until.left())[0]:
                continue
            part = os.read(self.child.stdout.fileno(), 65536)
            if not part:
                self.rest = b'\n'.join(lines + [self.rest])
                raise EOFError
            self.rest += part

    def close(self):
        child, self.child = self.child, None
        if child:
            child.kill()
            child.wait()
            child.stdin.close()
            child.stdout.close()


class Postgres:
    """Quick questions each tick, heavy ones once a minute after the tick is answered."""

    def __init__(self, database):
        self.psql = Psql(database)
        self.child, self.query, self.backend = None, None, None
        self.heavy, self.heavy_at = None, float('-inf')

    def ask(self):
        if self.query is None or self.psql.child is None or self.psql.child is not self.child:
            major = self.psql.ask("select jsonb_build_array(current_setting('server_version_num')::int / 10000)", 2)[0]
            self.query = SESSIONS + NOW % CHECKPOINTS[17 if major >= 17 else 15]
            self.child = self.psql.child
        answer = self.psql.ask(self.query, 2)
        self.backend = answer['backend']
        if self.heavy:
            answer['heavy'], self.heavy = self.heavy, None
        return answer

    def afterwards(self):
        if time.monotonic() - self.heavy_at < 60 or self.psql.child is None:
            return
        self.heavy_at = time.monotonic()
        self.psql.ask('set statement_timeout = 4000', 2)
        try:
            self.heavy = self.psql.ask(SIZES, 5)
            try:
                self.heavy['statements'] = self.psql.ask(STATEMENTS, 5)
            except Silent:
                self.heavy['statements'] = None
        finally:
            if self.psql.child:
                self.psql.ask('set statement_timeout = 2000', 2)
