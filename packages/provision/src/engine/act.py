# Does one thing on this machine: a JSON object on stdin says what. Exit status 3 and words on stderr when it refuses.
# Python 3.9 and its standard library only.
import base64, fcntl, grp, hashlib, json, os, pwd, shutil, subprocess, sys, time

LOADED = '/var/lib/bramble/loaded/'
ENV = {**os.environ, 'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0'}


def refuse(words):
    sys.stderr.write(words + '\n')
    sys.exit(3)


def show(unit, *names):
    out = subprocess.run(['systemctl', 'show', '-p', ','.join(names), unit], capture_output=True, env=ENV).stdout.decode()
    return dict(line.split('=', 1) for line in out.splitlines() if '=' in line)


def write(path, data, mode, uid, gid):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as handle:
        handle.write(data)
        handle.flush()
        os.fchown(handle.fileno(), uid, gid)
        os.fchmod(handle.fileno(), mode)
        os.fsync(handle.fileno())


def keep(path):
    """Keeps what the user had in the place of a file, with its mode, owner and times. What is kept already stays."""
    if not foreign(path):
        return
    # A second one, after the role had gone and come back, is kept beside the first.
    place = next((at for at in [kept(path)] + ['%s.%d' % (kept(path), n) for n in range(2, 10)] if not os.path.lexists(at)), None)
    if not place:
        refuse('%s was not written: nine earlier files are already kept as %s. Move them to another folder.' % (path, kept(path)))
    os.makedirs(os.path.dirname(kept(path)), exist_ok=True)
    os.chmod(STATE + '/kept', 0o700)
    staged = place + '.new'
    if os.path.lexists(staged):
        os.unlink(staged)
    info = os.lstat(path)
    shutil.copy2(path, staged, follow_symlinks=False)
    os.chown(staged, info.st_uid, info.st_gid, follow_symlinks=False)
    if not os.path.islink(staged):
        with open(staged, 'rb') as handle:
            os.fsync(handle.fileno())
        os.chmod(staged, info.st_mode & 0o7777)
    os.rename(staged, place)
    print('kept the previous file as ' + place)


def note(path, data):
    if 'bramble' in path:
        return
    os.makedirs(os.path.dirname(written(path)), exist_ok=True)
    with open(written(path), 'w') as handle:
        handle.write(hashlib.sha256(data).hexdigest())


def put(do):
    """Stages the file beside its place, validates it, then renames it over the old one."""
    put_all(dict(files=[do]))


def put_all(do):
    """Files that belong together: the first one goes live when all are staged and valid, and the others right behind it."""
    staged = []
    try:
        for one in do['files']:
            staged.append((one, stage(one)))
        for one, at in staged:
            make_live(one, at)
        for folder in {os.path.dirname(one['path']) for one in do['files']}:
            handle = os.open(folder, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
    finally:
        for one in do['files']:
            if os.path.lexists(staged_path(one)):
                os.unlink(staged_path(one))


def staged_path(do):
    folder, name = os.path.split(do['path'])
    return os.path.join(folder, '.bramble-%d-%s' % (os.getpid(), name))


def stage(do):
    path = do['path']
    folder = os.path.dirname(path)
    user, group = do['owner'].split(':')
    try:
        uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    except KeyError as error:
        refuse('%s: no such user or group: %s' % (path, error))
    os.makedirs(folder, exist_ok=True)
    if do.get('ownFolder'):
        os.chown(folder, 0, 0)
        os.chmod(folder, 0o755)
    staged = staged_path(do)
    write(staged, base64.b64decode(do['content']), do['mode'], uid, gid)
    if do.get('validate'):
        argv = [staged if part == '{}' else part for part in do['validate']]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV)
        if done.returncode != 0:
            refuse('%s was rejected by %s:\n%s' % (path, argv[0], done.stdout.decode('utf-8', 'replace')))
    for unit in do.get('loadedBy', []):
        if os.path.exists(LOADED + unit):
            os.unlink(LOADED + unit)
    if os.path.isdir(path) and not os.path.islink(path):
        refuse('%s is a folder' % path)
    keep(path)
    return staged


def make_live(do, staged):
    os.rename(staged, do['path'])
    note(do['path'], base64.b64decode(do['content']))


def stamp(do):
    os.makedirs(LOADED, mode=0o755, exist_ok=True)
    seen = show(do['unit'], 'InvocationID')
    staged = LOADED + '.' + do['unit']
    with open(staged, 'w') as handle:
        json.dump(dict(digest=do['digest'], invocation=seen.get('InvocationID', '')), handle)
    os.rename(staged, LOADED + do['unit'])


def unit_of(argv):
    return 'bramble-' + hashlib.sha256(json.dumps(argv).encode()).hexdigest()[:16] + '.service'


def place(unit, kind):
    return '/run/bramble/%s.%s' % (unit, kind)


def state_of(unit):
    """running, ended or absent. What ended stays until `collect`, so that who attaches later reads how it ended."""
    seen = show(unit, 'ActiveState', 'Job')
    active = seen.get('ActiveState')
    if active in ('activating', 'deactivating') or seen.get('Job', '') not in ('', '0'):
        return 'running'
    return 'ended' if active in ('active', 'failed') else 'absent'


def note_of(unit):
    """What was noted when the unit was launched: `for`, its run and step, and `argv`. Empty: by an older Bramble."""
    try:
        with open(place(unit, 'json')) as handle:
            return json.load(handle)
    except (OSError, ValueError):
        return {}


def collect(do):
    subprocess.run(['systemctl', 'stop', do['unit']], stderr=subprocess.DEVNULL)
    subprocess.run(['systemctl', 'reset-failed', do['unit']], stderr=subprocess.DEVNULL)
    for kind in ('log', 'json'):
        if os.path.exists(place(do['unit'], kind)):
            os.unlink(place(do['unit'], kind))


def hold_fence(claim):
    """Of a worker that another one has followed nothing starts any more. Held until it is closed: see fence.ts."""
    if claim is None:
        return open(os.devnull)
    handle = open(os.environ.get('BRAMBLE_FENCE', '/run/bramble-fence'), 'a+')
    fcntl.flock(handle, fcntl.LOCK_EX)
    handle.seek(0)
    seen = [int(number) for number in handle.read().split()[:2]]
    if claim < seen:
        sys.stderr.write('bramble-fence %d %d\n' % tuple(seen))
        sys.exit(75)
    return handle


def run_of(purpose):
    return (purpose or '').split(' ')[0]


def launch(unit, do):
    for name in os.listdir('/run/bramble'):
        other = name[:-len('.json')]
        # What another run left unread is read by nobody any more.
        if name.endswith('.service.json') and run_of(note_of(other).get('for')) != run_of(do['for']):
            if state_of(other) != 'running':
                collect(dict(unit=other))
    collect(dict(unit=unit))
    for kind, text in (('log', ''), ('json', json.dumps({'for': do['for'], 'argv': do['argv']}))):
        with open(place(unit, kind), 'w') as handle:
            handle.write(text)
    made = subprocess.run(
        ['systemd-run', '--quiet', '--no-block', '--unit', unit, '-p', 'Type=oneshot', '-p', 'RemainAfterExit=yes',
         '-p', 'TimeoutStartSec=%d' % do['timeout'], '-p', 'StandardOutput=append:' + place(unit, 'log'),
         '-p', 'StandardError=append:' + place(unit, 'log'), '-p', 'KillMode=control-group', '--setenv=LC_ALL=C.UTF-8',
         '--', *do['argv']],
        capture_output=True)
    if made.returncode != 0:
        refuse(made.stderr.decode('utf-8', 'replace'))


def print_until_end(unit):
    log = place(unit, 'log')
    with open(log if os.path.exists(log) else os.devnull, errors='replace') as handle:
        while True:
            running = state_of(unit) == 'running'
            sys.stdout.write(handle.read())
            sys.stdout.flush()
            if not running:
                return
            time.sleep(0.25)


def long(do):
    """Runs the argv under a transient unit. Attaches to one that runs, and to one that ended unread for this run and step."""
    unit = do['unit']
    with hold_fence(do['claim']):
        os.makedirs('/run/bramble', mode=0o700, exist_ok=True)
        state = state_of(unit)
        if state == 'absent' or (state == 'ended' and (do['for'] is None or do['for'] != note_of(unit).get('for'))):
            launch(unit, do)
    print_until_end(unit)
    seen = show(unit, 'ActiveState', 'Result', 'ExecMainStatus')
    if seen.get('Result') == 'timeout':
        refuse('stopped after %d seconds' % do['timeout'])
    if seen.get('ActiveState') == 'inactive':
        refuse('stopped by another process')
    if seen.get('Result') != 'success':
        sys.exit(int(seen.get('ExecMainStatus') or 1) or 1)


def follow(do):
    """Prints what a unit prints until it ends. How it ended is read by the action that it belongs to."""
    note = note_of(do['unit'])
    if state_of(do['unit']) != 'running' and run_of(note.get('for')) != do['run']:
        return
    print('$ ' + ' '.join(note.get('argv', [do['unit']])), flush=True)
    print_until_end(do['unit'])


def stop(do):
    subprocess.run(['systemctl', 'stop', do['unit']], stderr=subprocess.DEVNULL)


# A hardened system's umask would make folders that services cannot enter.
os.umask(0o022)
do = json.load(sys.stdin)
if 'argv' in do:
    do['unit'] = unit_of(do['argv'])
dict([('put-all', put_all)], put=put, stamp=stamp, long=long, follow=follow, collect=collect, stop=stop)[do['kind']](do)
