#!/usr/bin/python3 -I
"""Carries the data of one major version of PostgreSQL over to another on this machine, by copy.

`check` makes an empty data folder of the new version and asks pg_upgrade whether the database that runs could be carried
over; `run` does it with the old one stopped, and notes that it is done; `extensions` brings every extension to the version
that the new packages have. Ends with 1, and with what is wrong in its last line, when it cannot be.
"""
import argparse, glob, json, os, pwd, re, shutil, subprocess, sys

DONE = '/var/lib/bramble/postgres-upgraded.json'
PREPARED = '/var/lib/bramble/postgres-prepared'
PLACE = '/run/bramble-pg-upgrade'
ENV = {**os.environ, 'LC_ALL': 'C.UTF-8'}


def say(words):
    print(words, flush=True)


def fail(words):
    say(words)
    sys.exit(1)


def postgres(argv, **options):
    return subprocess.run(['runuser', '-u', 'postgres', '--', *argv], env=ENV, **options)


class Version:
    def __init__(self, major, name):
        self.bin = '/usr/lib/postgresql/%s/bin/' % major
        self.data = '/var/lib/postgresql/%s/%s' % (major, name)

    def control(self):
        told = postgres([self.bin + 'pg_controldata', self.data], cwd='/', stdout=subprocess.PIPE)
        if told.returncode != 0:
            fail('pg_controldata cannot read ' + self.data)
        return dict(re.split(r':\s+', line, maxsplit=1) for line in told.stdout.decode().splitlines() if ': ' in line)


def prepare(old, new):
    """An empty data folder, made like the old one. A half upgraded one is of no use to pg_upgrade."""
    if os.path.exists(PREPARED):
        os.unlink(PREPARED)
    shutil.rmtree(new.data, ignore_errors=True)
    control = old.control()
    argv = [new.bin + 'initdb', '-D', new.data, '-U', 'postgres', '--auth=peer', '--encoding=UTF8', '--locale=C.UTF-8',
            '--wal-segsize=%d' % (int(control['Bytes per WAL segment']) >> 20)]
    if control['Data page checksum version'] != '0':
        argv.append('--data-checksums')
    if postgres(argv, cwd='/', stdout=subprocess.DEVNULL).returncode != 0:
        fail('the empty data folder of the new version could not be made')


def pg_upgrade(old, new, *more):
    """Its lines, told as they come; fails with what it found, and the list that it wrote about it."""
    owner = pwd.getpwnam('postgres')
    shutil.rmtree(PLACE, ignore_errors=True)
    os.mkdir(PLACE, 0o700)
    os.chown(PLACE, owner.pw_uid, owner.pw_gid)
    argv = ['runuser', '-u', 'postgres', '--', new.bin + 'pg_upgrade', '-U', 'postgres', '-b', old.bin, '-B', new.bin,
            '-d', old.data, '-D', new.data, '-s', PLACE, '-j', str(min(4, os.cpu_count() or 1)), *more]
    asked = subprocess.Popen(argv, cwd=PLACE, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = []
    for raw in asked.stdout:
        lines.append(raw.decode('utf-8', 'replace').rstrip().split('\r')[-1])
        say(lines[-1])
    code = asked.wait()
    if code != 0:
        fail('pg_upgrade refuses: ' + reason(lines, new))


def reason(lines, new):
    """The words after the last check that was told, and what stands in the files that they name."""
    at = max([i for i, line in enumerate(lines) if re.search(r'\s(ok|done|failed|fatal)$', line)] + [-1])
    words, files = [], []
    for line in lines[at + 1:]:
        line = re.sub(r'^(.*failed check: .*|Data type checks failed: *|Failure, exiting|\*.*)', '', line.strip())
        if line.startswith('/') and line.endswith(('.txt', '.log')):
            files.append(line)
        elif line:
            words.append(line)
    text = re.sub(r'\s*A list of [^:]*:', '', re.sub(r'\s+', ' ', ' '.join(words))) or 'it does not say why'
    found = []
    for path in files or sorted(glob.glob(new.data + '/pg_upgrade_output.d/*/*.txt')):
        try:
            with open(path, errors='replace') as handle:
                found += [line.strip() for line in handle.read().splitlines()[:12 if path.endswith('.txt') else 0]]
        except OSError:
            pass
    return (text + (' Found: ' + '; '.join(found) if found else ''))[:1200]


def keep_limits(old, new):
    """pg_upgrade leaves the defaults in pg_control, and Patroni starts with no lower limits than those that stand there."""
    control = old.control()
    names = dict(max_connections='max_connections', max_worker_processes='max_worker_processes', max_wal_senders='max_wal_senders',
                 max_prepared_transactions='max_prepared_xacts', max_locks_per_transaction='max_locks_per_xact')
    argv = [new.bin + 'postgres', '--single', '-D', new.data, '-c', 'wal_level=replica']
    for name, known in names.items():
        argv += ['-c', '%s=%s' % (name, control[known + ' setting'])]
    if postgres([*argv, 'template1'], cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode != 0:
        fail('the new version does not start')


def check(do, old, new):
    prepare(old, new)
    try:
        pg_upgrade(old, new, '-p', '5432', '--check')
    except SystemExit:
        shutil.rmtree(new.data, ignore_errors=True)
        raise
    # The logs of the check; pg_upgrade makes its own folder anew.
    shutil.rmtree(new.data + '/pg_upgrade_output.d', ignore_errors=True)
    open(PREPARED, 'w').close()


def done(token):
    try:
        with open(DONE) as handle:
            return json.load(handle).get('token') == token
    except (OSError, ValueError):
        return False


def run(do, old, new):
    if done(do.token):
        return say('it was done already')
    if os.path.exists(old.data + '/postmaster.pid'):
        fail('PostgreSQL runs or was not stopped cleanly')
    if os.path.exists(PREPARED):
        os.unlink(PREPARED)
    else:
        prepare(old, new)
    pg_upgrade(old, new)
    shutil.rmtree(new.data + '/pg_upgrade_output.d', ignore_errors=True)
    keep_limits(old, new)
    # Patroni's own copy of the cluster's settings, since its store forgets them.
    if postgres(['cp', '-p', old.data + '/patroni.dynamic.json', new.data + '/'], cwd='/').returncode != 0:
        fail("Patroni's settings could not be copied")
    subprocess.run(['sync'])
    with open(DONE + '.new', 'w') as handle:
        json.dump(dict(token=do.token), handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(DONE + '.new', DONE)


EXTENSIONS = """select format('alter extension %I update', e.extname) from pg_extension e
  join pg_available_extensions a on a.name = e.extname where a.default_version <> e.extversion \\gexec"""


def extensions(do, old, new):
    listed = postgres(['psql', '-XAtqw', '-d', 'postgres', '-c', 'select datname from pg_database where datallowconn'],
                      cwd='/', stdout=subprocess.PIPE)
    if listed.returncode != 0:
        fail('the databases could not be listed')
    for name in listed.stdout.decode().splitlines():
        if postgres(['psql', '-Xqw', '-v', 'ON_ERROR_STOP=1', '-d', name, '-f', '-'], cwd='/', input=EXTENSIONS.encode()).returncode:
            fail('an extension in %s could not be brought up to date' % name)


parser = argparse.ArgumentParser()
parser.add_argument('what', choices=('check', 'run', 'extensions'))
for name in ('from', 'to', 'name', 'token'):
    parser.add_argument('--' + name)
do = parser.parse_args()
dict(check=check, run=run, extensions=extensions)[do.what](do, Version(getattr(do, 'from'), do.name), Version(do.to, do.name))
