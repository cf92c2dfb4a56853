# A fault on purpose on this machine, and its undo. Lies in /run, as all that it leaves: a reboot undoes everything.
# Commands: `begin` (JSON on stdin), `fault` and `undo` (by systemd), `state`. Exit status 3 and words when it refuses.
# Python 3.9 and its standard library only.
import fcntl, json, os, signal, subprocess, sys, time

HOME = '/run/bramble/drill/'
STATE = HOME + 'state.json'
TABLE = 'bramble_drill'
ENV = {**os.environ, 'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0'}
# On the devices themselves: keepalived claims addresses past the tables for ARP and IP, and would do so in vain for them.
CUT = '''table netdev %s {
  chain in { type filter hook ingress devices = { %%s } priority -500; policy drop; }
  chain out { type filter hook egress devices = { %%s } priority -500; policy drop; }
}
''' % TABLE
# Kernels before 5.16 have no such hook on the way out.
OLD_CUT = '''table arp %s {
  chain input { type filter hook input priority -400; policy drop; }
  chain output { type filter hook output priority -400; policy drop; }
}
table inet %s {
  chain input { type filter hook input priority -400; policy drop; iif lo accept; }
  chain output { type filter hook output priority -400; policy drop; oif lo accept; }
  chain forward { type filter hook forward priority -400; policy drop; }
}
''' % (TABLE, TABLE)


def refuse(words):
    sys.stderr.write(words + '\n')
    sys.exit(3)


def call(*argv, stdin=None):
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, env=ENV, timeout=120)
    return done.returncode, (done.stderr or done.stdout).strip()


def must(*argv, stdin=None):
    code, words = call(*argv, stdin=stdin)
    if code != 0:
        raise OSError('%s: %s' % (' '.join(argv), words))


def read():
    try:
        with open(STATE) as handle:
            return json.load(handle)
    except (OSError, ValueError):
        return None


def write(state):
    with open(STATE + '.new', 'w') as handle:
        json.dump(state, handle)
    os.rename(STATE + '.new', STATE)


def note(state, phase, **more):
    write({**state, 'phase': phase, phase + 'At': time.time(), **more})


def processes(unit):
    done = subprocess.run(['systemctl', 'show', '-p', 'ControlGroup', '--value', unit], capture_output=True, text=True, env=ENV)
    group = done.stdout.strip()
    if not group or group == '/':
        return []
    found = []
    for folder, _, _ in os.walk('/sys/fs/cgroup' + group):
        with open(folder + '/cgroup.procs') as handle:
            found += [int(line) for line in handle]
    return found


def status(pid):
    with open('/proc/%d/status' % pid) as handle:
        values = dict(line.rstrip('\n').split(':\t', 1) for line in handle if ':\t' in line)
    return values['Name'], int(values['PPid'])


def postmaster():
    """The first process of PostgreSQL below Patroni; it is not a child of another one."""
    names = {}
    for pid in processes('patroni.service'):
        try:
            names[pid] = status(pid)
        except (OSError, KeyError):
            continue
    for pid, (name, parent) in names.items():
        if name == 'postgres' and names.get(parent, ('',))[0] != 'postgres':
            return pid
    raise OSError('PostgreSQL is not running under Patroni')


def free(path):
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def ballast(state):
    """All that is free goes to a file without a name: it is gone with this process, and with a loss of power."""
    path = state['fault']['path']
    handle = os.open(path, os.O_TMPFILE | os.O_RDWR, 0o600)
    size = 0
    step = free(path)
    while step >= 4096:
        try:
            os.posix_fallocate(handle, size, step)
            size += step
        except OSError:
            step //= 2
            continue
        step = min(step, free(path))
    note(state, 'standing', bytes=size)
    # PostgreSQL has a few files of WAL in stock: they are used up, so that it notices.
    for _ in range(40):
        time.sleep(0.5)
        subprocess.run(['runuser', '-u', 'postgres', '--', 'psql', '-Atqc', 'select pg_switch_wal()'], env=ENV, cwd='/',
                       stdin=subprocess.DEVNULL, capture_output=True)
    signal.pause()


def fault():
    state = read()
    do = state['fault']
    kind = do['kind']
    # The answer to who asked for it travels first.
    time.sleep(0.5)
    if kind == 'stop':
        for unit in present(do['units']):
            must('systemctl', 'stop', unit)
    elif kind == 'die':
        # Killed, and kept from its restart; an address that it held is not given back by a Pi that died.
        for unit in present(do['units']):
            call('systemctl', 'kill', '--signal=SIGKILL', unit)
            must('systemctl', 'stop', unit)
        for pattern in do.get('processes', []):
            call('systemctl', 'kill', '--signal=SIGKILL', pattern)
            call('systemctl', 'stop', pattern)
        for link, address in addresses(do.get('addresses', [])):
            must('ip', 'address', 'del', address, 'dev', link)
    elif kind == 'kill-postmaster':
        os.kill(postmaster(), signal.SIGKILL)
    elif kind == 'freeze':
        must('systemctl', 'kill', '--signal=SIGSTOP', do['unit'])
    elif kind == 'cut':
        links = ', '.join('"%s"' % name for name in sorted(os.listdir('/sys/class/net')) if name != 'lo')
        if call('nft', '-f', '-', stdin=CUT % (links, links))[0] != 0:
            must('nft', '-f', '-', stdin=OLD_CUT)
    elif kind == 'clock':
        call('systemctl', 'stop', 'chrony.service')
        time.clock_settime(time.CLOCK_REALTIME, time.time() + do['seconds'])
    elif kind == 'fill':
        return ballast(state)
    note(state, 'standing')


def present(units):
    """A node that an older Bramble made may lack one."""
    return [unit for unit in units if call('systemctl', 'cat', unit)[0] == 0]


def addresses(wanted):
    found = json.loads(subprocess.run(['ip', '-j', '-4', 'address', 'show'], capture_output=True, text=True).stdout or '[]')
    for link in found:
        for entry in link.get('addr_info', []):
            if entry.get('local') in wanted:
                yield link['ifname'], '%s/%d' % (entry['local'], entry['prefixlen'])


def undo_fault(state):
    do = state['fault']
    kind = do['kind']
    if kind in ('stop', 'die'):
        for unit in present(do['units']):
            must('systemctl', 'start', '--no-block', unit)
    elif kind == 'kill-postmaster':
        must('systemctl', 'start', '--no-block', 'patroni.service')
    elif kind == 'freeze':
        must('systemctl', 'kill', '--signal=SIGCONT', do['unit'])
    elif kind == 'cut':
        for family in ('netdev', 'arp', 'inet'):
            call('nft', 'delete', 'table', family, TABLE)
            if call('nft', 'list', 'table', family, TABLE)[0] == 0:
                raise OSError('the table %s %s is still there' % (family, TABLE))
    elif kind == 'clock':
        passed = time.clock_gettime(time.CLOCK_BOOTTIME) - state['boottime']
        time.clock_settime(time.CLOCK_REALTIME, state['clock'] + passed)
        call('systemctl', 'start', 'chrony.service')
        call('chronyc', 'makestep')


def undo():
    with open(HOME + 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = read()
        if not state or state['phase'] == 'undone':
            return
        # First its process, which may still be about to begin.
        call('systemctl', 'stop', 'bramble-drill-fault.service')
        undo_fault(state)
        note(read(), 'undone')
    call('systemctl', 'stop', 'bramble-drill-undo.timer')


def begin():
    do = json.load(sys.stdin)
    before = read()
    if before and before['phase'] != 'undone':
        refuse('another drill is active on this node')
    if do['fault']['kind'] == 'clock':
        try:
            time.clock_settime(time.CLOCK_REALTIME, time.time())
        except OSError as error:
            refuse('the clock of this machine cannot be set: %s' % error.strerror)
    for unit in ('bramble-drill-undo.timer', 'bramble-drill-undo.service', 'bramble-drill-fault.service'):
        call('systemctl', 'stop', unit)
        call('systemctl', 'reset-failed', unit)
    me = ['/usr/bin/python3', '-I', os.path.abspath(__file__)]
    write({'id': do['id'], 'fault': do['fault'], 'seconds': do['seconds'], 'phase': 'armed', 'armedAt': time.time(),
           'clock': time.time(), 'boottime': time.clock_gettime(time.CLOCK_BOOTTIME)})
    # The undo is armed before the fault, and it is this machine's own: it needs no network and no Bramble.
    must('systemd-run', '--quiet', '--unit=bramble-drill-undo', '--on-active=%ds' % do['seconds'],
         '--timer-property=AccuracySec=200ms', '-p', 'Type=oneshot', '-p', 'Restart=on-failure', '-p', 'RestartSec=3', '--', *me, 'undo')
    must('systemd-run', '--quiet', '--collect', '--no-block', '--unit=bramble-drill-fault', '-p', 'RuntimeMaxSec=%d' % (do['seconds'] + 60), '--', *me, 'fault')


def main():
    os.makedirs(HOME, mode=0o700, exist_ok=True)
    what = sys.argv[1]
    if what == 'state':
        return print(json.dumps(read()))
    try:
        dict(begin=begin, fault=fault, undo=undo)[what]()
    except OSError as error:
        state = read()
        if what == 'fault' and state:
            write({**state, 'trouble': str(error)})
        refuse(str(error))


main()
