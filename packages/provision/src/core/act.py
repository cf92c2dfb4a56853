# Does one thing on this machine: a JSON object on stdin says what. Exit status 3 and words on stderr when it refuses.
# Python 3.9 and its standard library only.
import base64, grp, hashlib, json, os, pwd, shutil, subprocess, sys, time

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
        refuse('%s is not written: nine files of yours are kept as %s already. Move them elsewhere.' % (path, kept(path)))
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
    print('kept what was there as ' + place)


def note(path, data):
    if 'bramble' in path:
        return
    os.makedirs(os.path.dirname(written(path)), exist_ok=True)
    with open(written(path), 'w') as handle:
        handle.write(hashlib.sha256(data).hexdigest())


def put(do):
    """Stages the file beside its place, validates it, then renames it over the old one."""
    path = do['path']
    folder, name = os.path.split(path)
    user, group = do['owner'].split(':')
    try:
        uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    except KeyError as error:
        refuse('%s: no such user or group: %s' % (path, error))
    os.makedirs(folder, exist_ok=True)
    if do.get('ownFolder'):
        os.chown(folder, 0, 0)
        os.chmod(folder, 0o755)
    staged = os.path.join(folder, '.bramble-%d-%s' % (os.getpid(), name))
    try:
        write(staged, base64.b64decode(do['content']), do['mode'], uid, gid)
        if do.get('validate'):
            argv = [staged if part == '{}' else part for part in do['validate']]
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV)
            if done.returncode != 0:
                refuse('%s is refused by %s:\n%s' % (path, argv[0], done.stdout.decode('utf-8', 'replace')))
        for unit in do.get('loadedBy', []):
            if os.path.exists(LOADED + unit):
                os.unlink(LOADED + unit)
        if os.path.isdir(path) and not os.path.islink(path):
            refuse('%s is a folder' % path)
        keep(path)
        os.rename(staged, path)
        note(path, base64.b64decode(do['content']))
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    finally:
        if os.path.lexists(staged):
            os.unlink(staged)


def stamp(do):
    os.makedirs(LOADED, mode=0o755, exist_ok=True)
    seen = show(do['unit'], 'InvocationID')
    staged = LOADED + '.' + do['unit']
    with open(staged, 'w') as handle:
        json.dump(dict(digest=do['digest'], invocation=seen.get('InvocationID', '')), handle)
    os.rename(staged, LOADED + do['unit'])


def unit_of(argv):
    return 'bramble-' + hashlib.sha256(json.dumps(argv).encode()).hexdigest()[:16] + '.service'


def long(do):
    """Runs the argv under a transient unit, or attaches to it when it still runs, and follows its output."""
    unit, log = unit_of(do['argv']), '/run/bramble/' + unit_of(do['argv']) + '.log'
    os.makedirs('/run/bramble', mode=0o700, exist_ok=True)
    if show(unit, 'ActiveState').get('ActiveState') not in ('activating', 'deactivating'):
        subprocess.run(['systemctl', 'stop', unit], stderr=subprocess.DEVNULL)
        subprocess.run(['systemctl', 'reset-failed', unit], stderr=subprocess.DEVNULL)
        open(log, 'w').close()
        made = subprocess.run(
            ['systemd-run', '--quiet', '--no-block', '--unit', unit, '-p', 'Type=oneshot', '-p', 'RemainAfterExit=yes',
             '-p', 'TimeoutStartSec=%d' % do['timeout'], '-p', 'StandardOutput=append:' + log,
             '-p', 'StandardError=append:' + log, '-p', 'KillMode=control-group', '--setenv=LC_ALL=C.UTF-8', '--', *do['argv']],
            capture_output=True)
        if made.returncode != 0:
            refuse(made.stderr.decode('utf-8', 'replace'))
    with open(log, errors='replace') as handle:
        while True:
            state = show(unit, 'ActiveState', 'Result', 'ExecMainStatus', 'Job')
            sys.stdout.write(handle.read())
            sys.stdout.flush()
            queued = state.get('Job', '') not in ('', '0')
            if not queued and state.get('ActiveState') not in ('activating', 'deactivating'):
                break
            time.sleep(0.25)
    subprocess.run(['systemctl', 'stop', unit], stderr=subprocess.DEVNULL)
    subprocess.run(['systemctl', 'reset-failed', unit], stderr=subprocess.DEVNULL)
    if state.get('Result') == 'timeout':
        refuse('stopped after %d seconds' % do['timeout'])
    if state.get('ActiveState') == 'inactive':
        refuse('it was stopped from outside')
    if state.get('Result') != 'success':
        sys.exit(int(state.get('ExecMainStatus') or 1) or 1)


def stop(do):
    subprocess.run(['systemctl', 'stop', unit_of(do['argv'])], stderr=subprocess.DEVNULL)


# A hardened system's umask would make folders that services cannot enter.
os.umask(0o022)
do = json.load(sys.stdin)
dict(put=put, stamp=stamp, long=long, stop=stop)[do['kind']](do)
