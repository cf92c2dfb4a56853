#!/usr/bin/python3 -I
"""Restores a backup on this machine: `restore` in place of the database, `drill` into a temporary instance. `count` tells
the rows of every table, `follow` waits until this copy follows its leader and else has it cloned anew.

Nobody but this program can reach the instance meanwhile: it listens on a socket in a private folder alone. The last line
of its output is JSON. It ends with 1 and words when something is wrong.
"""
import argparse, glob, json, os, pwd, shutil, subprocess, sys, tempfile, time

MARK = '/var/lib/bramble/restored.json'
TOUCHED = '/var/lib/bramble/restore-touched'
DRILL = '/var/lib/postgresql/bramble-drill'
PORT = '5999'


def say(words):
    print(words, flush=True)


def fail(words):
    say(words)
    sys.exit(1)


def postgres(argv, **options):
    return subprocess.run(['runuser', '-u', 'postgres', '--', *argv], cwd='/', **options)


def restore_files(do, data):
    """pgBackRest fetches the files and writes how far to recover."""
    argv = ['pgbackrest'] + (['--config=' + do.config] if do.config else [])
    argv += ['--stanza=' + do.stanza, '--pg1-path=' + data, '--set=' + do.set]
    if do.delta:
        argv.append('--delta')
    if do.name:
        argv += ['--type=name', '--target=' + do.name, '--target-action=promote']
    elif do.time:
        argv += ['--type=time', '--target=' + do.time, '--target-action=promote']
    if do.timeline:
        argv.append('--target-timeline=' + do.timeline)
    if do.throw_away:
        argv.append('--archive-mode=off')
    return postgres([*argv, 'restore']).returncode == 0


def restore_over(do):
    """Notes that the files are not those of the cluster any more; pgBackRest takes pg_control away before it begins."""
    before = os.path.exists(TOUCHED)
    open(TOUCHED, 'w').close()
    if restore_files(do, do.data):
        return
    if not before and os.path.exists(do.data + '/global/pg_control'):
        os.unlink(TOUCHED)
    fail('the files could not be restored')


class Instance:
    """PostgreSQL on a folder, reachable through a socket in a folder of its own."""

    def __init__(self, data, binaries, settings):
        self.data, self.binaries = data, binaries
        self.folder = tempfile.mkdtemp(prefix='bramble-', dir='/run')
        owner = pwd.getpwnam('postgres')
        self.hba = os.path.join(self.folder, 'pg_hba.conf')
        with open(self.hba, 'w') as handle:
            handle.write('local all postgres peer\n')
        for path in (self.folder, self.hba):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        self.log = os.path.join(self.folder, 'log')
        self.settings = dict(listen_addresses='', port=PORT, unix_socket_directories=self.folder, hba_file=self.hba,
                             ident_file=os.devnull, data_directory=data, synchronous_standby_names='', ssl='off',
                             logging_collector='off', log_destination='stderr', primary_conninfo='', primary_slot_name='',
                             **settings)

    def start(self, seconds):
        flags = ' '.join("-c %s='%s'" % entry for entry in self.settings.items())
        begun = postgres([self.binaries + '/pg_ctl', '-D', self.data, '-l', self.log, '-o', flags, '-w', '-t', str(seconds), '-s',
                          'start'])
        until = time.monotonic() + seconds
        while begun.returncode == 0 and time.monotonic() < until:
            if self.ask('postgres', 'select pg_is_in_recovery()') == ['f']:
                return True
            if not os.path.exists(self.data + '/postmaster.pid'):
                break
            time.sleep(0.2)
        self.tell()
        return False

    def words(self):
        try:
            with open(self.log, errors='replace') as handle:
                return handle.read()
        except OSError:
            return ''

    def tell(self):
        for line in self.words().splitlines()[-25:]:
            say(line)

    def ask(self, database, sql, check=False):
        """Lines of the answer; None while it does not answer."""
        done = postgres(['psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-h', self.folder, '-p', PORT, '-d', database, '-c', sql],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            if check:
                fail(done.stderr.decode('utf-8', 'replace'))
            return None
        return done.stdout.decode().splitlines()

    def stop(self, how):
        if os.path.exists(self.data + '/postmaster.pid'):
            postgres([self.binaries + '/pg_ctl', '-D', self.data, '-s', '-w', '-t', '600', '-m', how, 'stop'])

    def forget(self):
        shutil.rmtree(self.folder, ignore_errors=True)


COUNT = """select format('%I.%I', n.nspname, c.relname) || ' ' ||
  (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', n.nspname, c.relname), false, true, '')))[1]
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_' order by 1"""


def counted(lines):
    return {name: int(count) for name, count in (line.rsplit(' ', 1) for line in lines)}


def marked(token):
    try:
        with open(MARK) as handle:
            return json.load(handle).get('token') == token
    except (OSError, ValueError):
        return False


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def adopt(instance, do):
    """The database of another cluster becomes that of this one: its roles get the passwords of this one, and the site's
    database and its owner the names that they have here."""
    with open(do.roles) as handle:
        made = postgres(['psql', '-Xqw', '-v', 'ON_ERROR_STOP=1', '-h', instance.folder, '-p', PORT, '-d', 'postgres', '-f', '-'],
                        stdin=handle, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if made.returncode != 0:
        fail('the roles of this cluster could not be made: ' + made.stderr.decode('utf-8', 'replace'))
    ask = lambda sql: instance.ask('postgres', sql, True)
    names = ask("select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1")
    if do.database not in names:
        if len(names) > 1:
            fail('the backup holds the databases %s and none is named %s' % (', '.join(names), do.database))
        if not names:
            return say('the backup holds no database beside that of PostgreSQL itself')
        say('the database %s is named %s here' % (names[0], do.database))
        ask('alter database %s rename to %s' % (quoted(names[0]), quoted(do.database)))
    owner = ask("select pg_get_userbyid(datdba) from pg_database where datname = '%s'" % do.database)[0]
    if owner in ('postgres', do.owner):
        return
    if ask("select 1 from pg_roles where rolname = '%s'" % do.owner):
        say('%s gets the rights of the owner %s' % (do.owner, owner))
        ask('grant %s to %s' % (quoted(owner), quoted(do.owner)))
    else:
        say('the user %s is named %s here' % (owner, do.owner))
        ask('alter role %s rename to %s' % (quoted(owner), quoted(do.owner)))


def restore(do):
    if marked(do.token):
        return say('it was restored already')
    # The settings of another cluster fit its Pis, and its archive is not that of this one.
    instance = Instance(do.data, do.binaries, dict(shared_buffers='64MB', archive_command='') if do.config else {})
    try:
        instance.stop('fast')
        do.delta, do.throw_away, do.name = True, False, None
        began = time.monotonic()
        restore_over(do)
        copied = time.monotonic()
        say('the files are back after %.0f s; PostgreSQL goes through the write-ahead log' % (copied - began))
        up = instance.start(do.seconds)
        if not up and do.time and 'recovery ended before configured recovery target' in instance.words():
            # Nobody wrote after that moment on this branch: its end is the state of that moment.
            say('the archive holds nothing later than that moment: restoring all of it')
            do.time = None
            restore_over(do)
            up = instance.start(do.seconds)
        if not up:
            fail('the restored database did not come up')
        if do.config:
            adopt(instance, do)
        facts = instance.ask('postgres', "select (select system_identifier from pg_control_system()), coalesce(to_char(pg_last_xact_replay_timestamp() at time zone 'utc', "
                             "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '') from pg_control_checkpoint()", True)[0].split('|')
        for name in ('restore_command', 'recovery_target_time', 'recovery_target_name', 'recovery_target_action',
                     'recovery_target_timeline', 'recovery_target_inclusive', 'recovery_target_lsn'):
            instance.ask('postgres', 'alter system reset ' + name, True)
        instance.ask('postgres', 'checkpoint', True)
        instance.stop('fast')
        if os.path.exists(do.data + '/postmaster.pid'):
            fail('the restored database did not stop')
    finally:
        instance.stop('fast')
        instance.forget()
    answer = dict(token=do.token, restoreSeconds=copied - began, recoverySeconds=time.monotonic() - copied, last=facts[1] or None,
                  system=facts[0])
    with open(MARK + '.new', 'w') as handle:
        json.dump(answer, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(MARK + '.new', MARK)
    os.unlink(TOUCHED)
    say(json.dumps(answer))


def clear_drill():
    """Also what a drill left that was cut off by a power cut."""
    for pid in glob.glob(DRILL + '/postmaster.pid'):
        postgres([max(glob.glob('/usr/lib/postgresql/*/bin')) + '/pg_ctl', '-D', os.path.dirname(pid), '-s', '-w', '-m', 'immediate', 'stop'],
                 stderr=subprocess.DEVNULL)
    shutil.rmtree(DRILL, ignore_errors=True)


def drill(do):
    clear_drill()
    free = shutil.disk_usage('/var/lib/postgresql').free
    needed = int(do.size * 1.3) + 256 * 1024 ** 2
    if free < needed:
        fail('no room for a drill: %d MB are free here, %d MB are needed' % (free >> 20, needed >> 20))
    owner = pwd.getpwnam('postgres')
    os.mkdir(DRILL, 0o700)
    os.chown(DRILL, owner.pw_uid, owner.pw_gid)
    small = dict(shared_buffers='32MB', max_wal_senders='10', archive_mode='off', cluster_name='bramble-drill', fsync='off')
    instance = Instance(DRILL, do.binaries, small)
    try:
        do.delta, do.throw_away, do.time = False, True, None
        began = time.monotonic()
        if not restore_files(do, DRILL):
            fail('the files could not be restored')
        copied = time.monotonic()
        say('the files are back after %.0f s; PostgreSQL goes through the write-ahead log' % (copied - began))
        if not instance.start(do.seconds):
            fail('the restored database did not come up')
        came = time.monotonic()
        rows = counted(instance.ask(do.database, COUNT, True))
        used = int(instance.ask('postgres', 'select sum(pg_database_size(oid))::bigint from pg_database', True)[0])
    finally:
        instance.stop('immediate')
        instance.forget()
        clear_drill()
    say(json.dumps(dict(restoreSeconds=copied - began, recoverySeconds=came - copied, bytes=used, rows=rows)))


def count(do):
    """Rows of every table of the database that runs here."""
    asked = postgres(['psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-d', do.database, '-c', COUNT], stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
    if asked.returncode != 0:
        fail(asked.stderr.decode('utf-8', 'replace'))
    say(json.dumps(counted(asked.stdout.decode().splitlines())))


def follow(do):
    """A copy with a later state than its leader is rewound by Patroni; when that takes too long it is cloned anew."""
    patronictl = ['patronictl', '-c', '/etc/patroni/config.yml']
    for _ in range(60):
        listed = postgres([*patronictl, 'list', '-f', 'json'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        members = json.loads(listed.stdout or b'[]') if listed.returncode == 0 else []
        own = [member for member in members if member['Member'] == do.name]
        leader = [member for member in members if member['Role'] == 'Leader']
        if own and own[0]['State'] == 'creating replica':
            return say('it is cloned anew')
        if own and leader and own[0]['State'] in ('streaming', 'running') and own[0]['TL'] == leader[0]['TL']:
            return say('it follows ' + leader[0]['Member'])
        time.sleep(2)
    say('it was not rewound in time: cloning it anew')
    sys.exit(postgres([*patronictl, 'reinit', '--force', do.stanza, do.name]).returncode)


parser = argparse.ArgumentParser()
parser.add_argument('what', choices=('restore', 'drill', 'count', 'follow'))
for name in ('stanza', 'set', 'binaries', 'data', 'token', 'database', 'name', 'time', 'timeline', 'config', 'roles',
             'owner'):
    parser.add_argument('--' + name)
parser.add_argument('--size', type=int, default=0)
parser.add_argument('--seconds', type=int, default=4 * 3600)
do = parser.parse_args()
dict(restore=restore, drill=drill, count=count, follow=follow)[do.what](do)
