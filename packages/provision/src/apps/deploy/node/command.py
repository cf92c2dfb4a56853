# Runs a command of an app under a transient unit, or attaches to one that runs: standard input says which, in JSON.
# Prints {"line": …} for every line of its log and at last {"code": …} or {"unknown": true}. Standard library of Python 3.9.
import grp, json, os, subprocess, sys, time


def tell(**words):
    sys.stdout.write(json.dumps(words) + '\n')
    sys.stdout.flush()


def show(unit):
    out = subprocess.run(['systemctl', 'show', unit, '-p', 'LoadState,ActiveState,SubState,ExecMainCode,ExecMainStatus,Result,InvocationID'],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    return dict(line.split('=', 1) for line in out.splitlines() if '=' in line)


def write_command(asked):
    group = grp.getgrnam('app-' + asked['app']).gr_gid
    folder = os.path.dirname(asked['file'])
    os.makedirs(folder, mode=0o750, exist_ok=True)
    os.chown(folder, 0, group)
    handle = os.open(asked['file'], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(handle, 'w') as target:
        os.fchown(target.fileno(), 0, group)
        json.dump(dict(processes=dict(command=asked['command'])), target)


def start(asked):
    write_command(asked)
    properties = ['--property=' + one for one in asked['properties']]
    subprocess.run(['systemd-run', '--quiet', '--unit=' + asked['unit'], '--property=RemainAfterExit=yes', *properties,
                    '--', '/usr/local/lib/bramble/app-run', asked['file'], 'command'],
                   check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def lines(invocation, cursor):
    argv = ['journalctl', '--no-pager', '--quiet', '--all', '-o', 'json', '_SYSTEMD_INVOCATION_ID=' + invocation]
    out = subprocess.run(argv + (['--after-cursor=' + cursor] if cursor else []), stdout=subprocess.PIPE).stdout
    for line in out.splitlines():
        entry = json.loads(line)
        text = entry.get('MESSAGE')
        if isinstance(text, list):
            text = bytes(text).decode('utf-8', 'replace')
        cursor = entry['__CURSOR']
        if text is not None:
            tell(line=text)
    return cursor


def follow(asked):
    unit, cursor = asked['unit'], ''
    while True:
        now = show(unit)
        if now['LoadState'] == 'not-found' or not now.get('InvocationID'):
            return tell(unknown=True)
        ended = now['ActiveState'] in ('failed', 'inactive') or now['SubState'] == 'exited'
        if ended:
            subprocess.run(['journalctl', '--sync'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cursor = lines(now['InvocationID'], cursor)
        if ended:
            # ExecMainCode 1: it exited; else a signal ended it.
            status = int(now['ExecMainStatus'] or 0)
            return tell(code=status if now['ExecMainCode'] == '1' else 128 + status, result=now['Result'])
        time.sleep(0.3)


def forget(asked):
    for verb in ('stop', 'reset-failed'):
        subprocess.run(['systemctl', verb, asked['unit']], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        os.unlink(asked['file'])
    except FileNotFoundError:
        pass


asked = json.load(sys.stdin)
try:
    if asked['what'] == 'forget':
        forget(asked)
    else:
        if asked['what'] == 'start' and show(asked['unit'])['LoadState'] == 'not-found':
            start(asked)
        follow(asked)
except subprocess.CalledProcessError as error:
    sys.stderr.write('%s failed (%s)\n' % (error.cmd[0], error.returncode))
    sys.exit(3)
