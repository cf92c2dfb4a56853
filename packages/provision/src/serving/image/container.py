# The network and the file system of a container, and its configuration for crun.
# Addresses inside of the container; nothing outside sees them.
ADDRESS, ROUTER, NAMESERVER = '198.19.0.2', '198.19.0.1', '198.19.0.1'
# The unit mounts a file system in memory here, of a limited size. All that a container writes is in it.
WORK = '/tmp'
AUTHORITY = '/usr/local/share/bramble/cluster-ca.crt'
CAPABILITIES = ['CAP_' + name for name in (
    'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT')]
# Further namespaces and the ways around them; clone3 hides its flags, and programs use clone without it.
DENIED = ['unshare', 'setns', 'mount', 'umount2', 'pivot_root', 'move_mount', 'open_tree', 'fsopen', 'fsconfig', 'fsmount', 'fspick',
          'mount_setattr', 'bpf', 'perf_event_open', 'userfaultfd', 'keyctl', 'add_key', 'request_key', 'io_uring_setup',
          'io_uring_enter', 'io_uring_register', 'kexec_load', 'init_module', 'finit_module', 'delete_module', 'open_by_handle_at']
NAMESPACES = 0x7e020000
# What systemd sets for this process, and what belongs to the image.
NOT_PASSED = re.compile('(HOME|USER|LOGNAME|SHELL|PWD|LANG|PATH|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|CREDENTIALS_DIRECTORY|'
                        'MAINPID|MANAGERPID|MEMORY_PRESSURE_.*|SYSTEMD_.*|LISTEN_.*|WATCHDOG_.*|PORT)$')


def interface():
    """That of the default route, or any one with a route: pasta takes its name from it."""
    with open('/proc/net/route') as handle:
        routes = [line.split() for line in handle.readlines()[1:]]
    routes = [route for route in routes if route[0] != 'lo']
    found = [route[0] for route in routes if route[1] == '00000000'] + [route[0] for route in routes]
    if not found:
        raise OSError(0, 'This node has no network.')
    return found[0]


def pasta(user, forward):
    """pasta makes the connections of the container as the user of the app: the firewall of the node holds for them."""
    argv = ['pasta', '--quiet', '--config-net', '--no-map-gw', '-i', interface(), '-a', ADDRESS, '-n', '30', '-g', ROUTER,
            '--dns-forward', NAMESERVER, '-t', forward or 'none', '-u', 'none', '-T', 'none', '-U', 'none']

    def start(pid):
        done = subprocess.run(argv + [str(pid)], preexec_fn=lambda: become(user), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise OSError(0, 'pasta: %s' % done.stdout.decode('utf-8', 'replace').strip()[-500:])
    return start


def table(root, name):
    """Lines of /etc/passwd or /etc/group of the image. Nothing of the node is seen: this runs below its root."""
    try:
        with open(os.path.join(root, 'etc', name), encoding='utf-8', errors='replace') as handle:
            return [line.rstrip('\n').split(':') for line in handle if line.count(':') >= 3]
    except OSError:
        return []


def identity_of(root, text):
    """(uid, gid, further groups, home) of `user[:group]` as an image names it."""
    name, _, group = text.partition(':')
    name = name or '0'
    users, groups = table(root, 'passwd'), table(root, 'group')
    found = next((row for row in users if row[0] == name or (name.isdigit() and row[2] == name)), None)
    if found is None and not name.isdigit():
        sys.exit('The image runs as the user "%s", and its /etc/passwd does not have it.' % name)
    uid = int(found[2]) if found else int(name)
    gid = int(found[3]) if found else 0
    further = [int(row[2]) for row in groups if found and found[0] in row[3].split(',')]
    if group:
        row = next((row for row in groups if row[0] == group), None)
        if row is None and not group.isdigit():
            sys.exit('The image runs in the group "%s", and its /etc/group does not have it.' % group)
        gid, further = int(row[2]) if row else int(group), []
    home = found[5] if found and len(found) > 5 and found[5] else '/'
    return uid, gid, further, home


def environment_of(image, given, own_path, home, port):
    values = dict(item.split('=', 1) for item in image['environment'] if '=' in item)
    values.setdefault('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
    values.setdefault('HOME', home)
    values.update({name: value for name, value in given.items() if not NOT_PASSED.match(name)})
    values.update({name: given[name] for name in own_path if name in given})
    if port:
        values['PORT'] = str(port)
    return ['%s=%s' % item for item in values.items()]


def arguments(image, command, root):
    """A command of the user's replaces that of the image, its entrypoint included, as in a shell that is already there."""
    if not command:
        return image['entrypoint'] + image['command']
    shell = os.path.lexists(root + '/bin/sh') or os.path.lexists(root + '/bin')
    return ['/bin/sh', '-c', command] if shell and os.path.exists(root + '/bin/sh') else shlex.split(command)


def bound(source, target, *options):
    return dict(destination=target, type='bind', source=source, options=['bind', 'nosuid', 'nodev', *options])


def configuration(image, argv, ids, values, name):
    uid, gid, further, _ = ids
    caps = {kind: CAPABILITIES for kind in ('bounding', 'effective', 'permitted')}
    mounts = [
        dict(destination='/proc', type='proc', source='proc', options=['nosuid', 'noexec', 'nodev']),
        dict(destination='/dev', type='tmpfs', source='tmpfs', options=['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=64k']),
        dict(destination='/dev/pts', type='devpts', source='devpts', options=['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']),
        dict(destination='/dev/shm', type='tmpfs', source='shm', options=['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=64m']),
        dict(destination='/sys', type='sysfs', source='sysfs', options=['nosuid', 'noexec', 'nodev', 'ro']),
        dict(destination='/sys/fs/cgroup', type='cgroup', source='cgroup', options=['nosuid', 'noexec', 'nodev', 'ro']),
        bound(WORK + '/resolv.conf', '/etc/resolv.conf', 'ro'),
        bound(WORK + '/hosts', '/etc/hosts', 'ro'),
    ] + ([bound(AUTHORITY, AUTHORITY, 'ro')] if os.path.exists(AUTHORITY) else [])
    hidden = ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/scsi',
              '/sys/firmware', '/sys/devices/virtual/powercap']
    return dict(
        ociVersion='1.0.2', hostname=name, root=dict(path='root', readonly=False), mounts=mounts,
        process=dict(terminal=False, user=dict(uid=uid, gid=gid, additionalGids=further), args=argv, env=values,
                     cwd=image['folder'] or '/', capabilities=caps, noNewPrivileges=True),
        linux=dict(
            namespaces=[dict(type=kind) for kind in ('pid', 'mount', 'ipc', 'uts', 'cgroup')],
            maskedPaths=hidden, readonlyPaths=['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
            seccomp=dict(defaultAction='SCMP_ACT_ALLOW', syscalls=[
                dict(names=DENIED, action='SCMP_ACT_ERRNO', errnoRet=1),
                dict(names=['clone3'], action='SCMP_ACT_ERRNO', errnoRet=38),
            ] + [dict(names=['clone'], action='SCMP_ACT_ERRNO', errnoRet=1,
                      args=[dict(index=0, value=1 << bit, valueTwo=1 << bit, op='SCMP_CMP_MASKED_EQ')])
                 for bit in range(32) if NAMESPACES >> bit & 1])),
    )
