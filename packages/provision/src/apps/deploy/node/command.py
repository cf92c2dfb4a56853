# Runs a command of an app under a transient unit, or attaches to one that runs: standard input says which, in JSON.
# Prints {"line": …} for every line of its log and at last {"code": …} or {"unknown": true}. Standard library of Python 3.9.
import glob, grp, json, os, subprocess, sys, time

# Characters of a line, and of all lines: what is beyond is only in the journal of the node.
PART, ALL = 4000, 16 * 1024 * 1024
told = 0


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
                    '--', asked['program'], asked['file'], 'command', *asked['arguments']],
                   check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def tell_line(text):
    """Who printed without end would never be heard to its end: Bramble listens to so much and no more."""
    global told
    if told <= ALL:
        told += len(text) + 1
        tell(line=text if told <= ALL else 'It prints more than %d MB; the rest is left out.' % (ALL >> 20))


def text_of(value):
    """A list of numbers: bytes that are no text. An app can give a message several times; they are a list then."""
    try:
        return bytes(value).decode('utf-8', 'replace') if isinstance(value, list) else str(value)
    except (TypeError, ValueError):
        return str(value)


def lines(invocation, cursor):
    """Line by line: who attaches to a command that has run for an hour must not hold all that it printed in memory."""
    argv = ['journalctl', '--no-pager', '--quiet', '--all', '-o', 'json', '--output-fields=MESSAGE', '_SYSTEMD_INVOCATION_ID=' + invocation]
    child = subprocess.Popen(argv + (['--after-cursor=' + cursor] if cursor else []), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    for line in child.stdout:
        entry = json.loads(line)
        cursor = entry['__CURSOR']
        if entry.get('MESSAGE') is None:
            continue
        text = text_of(entry['MESSAGE'])
        # In parts: Bramble takes no longer line, and JSON makes up to twelve bytes of a character.
        for at in range(0, len(text) or 1, PART):
            tell_line(text[at:at + PART])
    child.wait()
    return cursor


def until_drained(unit, patience=10):
    """journald keeps a file for each stream until it has read it to its end. "--sync" writes only what was read."""
    until = time.monotonic() + patience
    while time.monotonic() < until and any('UNIT=' + unit in stream for stream in streams()):
        time.sleep(0.05)


def streams():
    """The lines of each stream's file."""
    for path in glob.glob('/run/systemd/journal/streams/*'):
        try:
            with open(path, encoding='utf-8', errors='replace') as handle:
                yield handle.read().splitlines()
        except OSError:
            pass


def follow(asked):
    unit, cursor = asked['unit'], ''
    while True:
        now = show(unit)
        if now['LoadState'] == 'not-found' or not now.get('InvocationID'):
            return tell(unknown=True)
        ended = now['ActiveState'] in ('failed', 'inactive') or now['SubState'] == 'exited'
        if ended:
            until_drained(unit)
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
