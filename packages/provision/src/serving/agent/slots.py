# Slots of apps on this node: their files, their units, and whether they answer.
import os, subprocess

ROOT = os.environ.get('BRAMBLE_APPS_ROOT', '/srv/bramble/apps')
UNITS = os.environ.get('BRAMBLE_APPS_UNITS', '/etc/systemd/system')
PROGRAMS = os.environ.get('BRAMBLE_APPS_PROGRAMS', '/usr/local/lib/bramble')


def folder_of(app, slot):
    return '%s/%s/slots/%s' % (ROOT, app, slot)


def unit_path(app, slot):
    return '%s/bramble-app-%s-%s@.service' % (UNITS, app, slot)


def unit_of(app, slot, process):
    return 'bramble-app-%s-%s@%s.service' % (app, slot, process)


def put(path, text, mode=0o644):
    """Whole or not at all; True: it was another one before."""
    try:
        with open(path) as handle:
            if handle.read() == text:
                return False
    except (OSError, ValueError):
        pass
    staged = path + '.new'
    with open(staged, 'w') as handle:
        os.fchmod(handle.fileno(), mode)
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(staged, path)
    return True


def filled(name, values):
    with open('%s/%s' % (PROGRAMS, name)) as handle:
        text = handle.read()
    for key, value in values.items():
        text = text.replace('{%s}' % key, str(value))
    return text


def systemctl(*words, timeout=120):
    done = subprocess.run(['systemctl', *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    return done.stdout.decode('utf-8', 'replace')


def on_disk():
    """(app, slot) to what its file says it runs."""
    found = {}
    try:
        apps = sorted(os.listdir(ROOT))
    except OSError:
        return found
    for app in apps:
        for slot in 'ab':
            try:
                with open(folder_of(app, slot) + '.json') as handle:
                    kept = json.load(handle)
                found[app, slot] = dict(kept, what=identity(kept), processes=dict(kept['processes']))
            except (OSError, ValueError, KeyError, TypeError):
                pass
    return found


def states(units):
    """Unit to dict(active=…, restarts=…)."""
    if not units:
        return {}
    found, one = {}, {}
    text = systemctl('show', '--property=Id,ActiveState,NRestarts', *units)
    for line in (text + '\n').split('\n'):
        name, _, value = line.partition('=')
        if name:
            one[name] = value
        elif one:
            found[one.get('Id', '')] = dict(active=one.get('ActiveState', ''), restarts=int(one.get('NRestarts') or 0))
            one = {}
    return found


def present_files(app, release, environment):
    return os.path.isdir('%s/%s/releases/%s' % (ROOT, app, release)) and \
        os.path.isfile('%s/%s/environments/%s' % (ROOT, app, environment))


def commands_of(record, slot):
    """A static app is served by a program of ours; a shell never sees what a user named its folder."""
    if 'web' in record['processes'] or record['kind'] not in ('static', 'image'):
        return record['processes']
    if record['kind'] == 'image':
        # Its own entrypoint and command.
        return dict(record['processes'], web='')
    serve = 'exec /usr/sbin/nginx -e stderr -c %s.conf' % folder_of(record['app'], slot)
    return dict(record['processes'], web=serve)


def image_of(record):
    """What the build found in the image of a release."""
    with open('%s/%s/releases/%s/image.json' % (ROOT, record['app'], record['release'])) as handle:
        return json.load(handle)


def unit_text(record, slot, port, memory):
    """The unit of a slot. The program that it starts differs, and with it the sandbox."""
    values = dict(app=record['app'], slot=slot, release=record['release'], environment=record['environment'], port=port,
                  memory=memory, tmp=max(32, memory // 2))
    if record['kind'] != 'image':
        return filled('app-unit', values)
    return filled('app-unit-image', dict(values, signal=image_of(record)['signal']))


def stamp_files(root, release):
    """
    Files of a release have no times, and nginx tells versions of a file apart by time and size: each release gets a time of
    its own, the same on every node.
    """
    at = 946684800 + int(release[:7], 16)
    for folder, _, names in os.walk(root):
        for path in [os.path.join(folder, name) for name in names]:
            if os.lstat(path).st_mtime != at:
                os.utime(path, (at, at), follow_symlinks=False)


def write_slot(record, slot, memory):
    """All files of a slot; what it runs is written before it can be started."""
    app, port = record['app'], port_of(record, slot)
    base = folder_of(app, slot)
    os.makedirs(os.path.dirname(base), mode=0o755, exist_ok=True)
    if record['kind'] == 'static':
        root = os.path.normpath('%s/%s/releases/%s/%s' % (ROOT, app, record['release'], record.get('folder') or '.'))
        stamp_files(root, record['release'])
        if os.path.lexists(base + '.root'):
            os.unlink(base + '.root')
        os.symlink(root, base + '.root')
        put(base + '.conf', filled('app-static.conf', dict(port=port, root=base + '.root')))
    kept = dict(release=record['release'], environment=record['environment'], port=record['port'],
                generation=record['generation'], processes=commands_of(record, slot))
    put(base + '.json', json.dumps(kept, indent=1, sort_keys=True) + '\n')
    if put(unit_path(app, slot), unit_text(record, slot, port, record['memory'] or memory)):
        systemctl('daemon-reload')


def start_slot(app, slot, processes, only=None):
    units = [unit_of(app, slot, process) for process in sorted(processes)]
    units = [unit for unit in units if only is None or unit in only]
    systemctl('reset-failed', *units)
    systemctl('start', '--no-block', *units)


def stop_slot(app, slot):
    systemctl('stop', '--no-block', 'bramble-app-%s-%s@*.service' % (app, slot))


def forget_slot(app, slot):
    """Of an app that is no longer the cluster's: nothing may start it again."""
    for path in (unit_path(app, slot), *(folder_of(app, slot) + end for end in ('.json', '.conf', '.root'))):
        if os.path.lexists(path):
            os.unlink(path)
    systemctl('daemon-reload')


def has_files(app):
    """Empty folders are of provisioning, which would make them again."""
    for name in ('environments', 'releases'):
        try:
            if os.listdir('%s/%s/%s' % (ROOT, app, name)):
                return True
        except OSError:
            pass
    return False


def forget_app(app):
    """Of an app that was removed while this node was off: its environment and what it wrote go, too."""
    for slot in 'ab':
        forget_slot(app, slot)
    homes = os.environ.get('BRAMBLE_APPS_HOMES', '/var/lib')
    for path in ('%s/%s' % (ROOT, app), '%s/bramble-app-%s' % (homes, app)):
        # Follows no link below it, and takes folders of any depth: an app wrote them.
        subprocess.run(['rm', '-rf', '--', os.path.realpath(path), path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def connections(port):
    """Established connections to a port of this node."""
    count = 0
    for path in ('/proc/net/tcp', '/proc/net/tcp6'):
        try:
            with open(path) as handle:
                rows = [line.split() for line in handle.readlines()[1:]]
        except OSError:
            continue
        count += sum(1 for row in rows if row[3] == '01' and int(row[1].rpartition(':')[2], 16) == port)
    return count


def last_lines(app, slot, seconds):
    """The end of what its processes said since it was started."""
    argv = ['journalctl', '--no-pager', '--quiet', '--output=cat', '--lines=15', '--since=-%ds' % (seconds + 1),
            '--unit=bramble-app-%s-%s@*' % (app, slot)]
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return done.stdout.decode('utf-8', 'replace').strip()[-1500:]


def memory_enforced():
    """Raspberry Pi OS boots with this off: then no limit holds."""
    try:
        with open('/sys/fs/cgroup/cgroup.controllers') as handle:
            return 'memory' in handle.read().split()
    except OSError:
        return False
