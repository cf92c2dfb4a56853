# Put below files.py.
import fcntl, pwd, signal, sys, threading

USER = 'bramble-build'
BUILDS = '/srv/bramble/builds'
CACHES = '/var/cache/bramble-build'
LOCK = '/run/bramble-build.lock'
MOST_OUTPUT = 16 * 1024 * 1024
DAY = 24 * 3600


def say(text):
    print(text, flush=True)


def run(*argv, **more):
    return subprocess.run(argv, check=True, capture_output=True, **more)


def resident_of(uid):
    """Bytes of memory that the processes of a user hold."""
    total = 0
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.stat('/proc/' + pid).st_uid != uid:
                continue
            with open('/proc/%s/statm' % pid) as handle:
                total += int(handle.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
        except (OSError, IndexError):
            pass
    return total


def memory_is_enforced():
    try:
        with open('/sys/fs/cgroup/cgroup.controllers') as handle:
            return 'memory' in handle.read().split()
    except OSError:
        return False


def stop_unit(unit):
    for what in ('stop', 'reset-failed'):
        subprocess.run(['systemctl', what, unit], stderr=subprocess.DEVNULL)


def prepare(folder, job):
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        run('useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', USER)
        user = pwd.getpwnam(USER)
    cache = os.path.join(CACHES, job['app'])
    # A build that lost its power, or this program, has left what it wrote: root would write through its links.
    remove(folder + '/app', folder + '/tmp')
    if os.path.lexists(folder + '/app') or os.path.lexists(folder + '/tmp'):
        raise Ended('failed', 'What an earlier build left in %s cannot be removed.' % folder)
    for place, mode, owner in (
        (BUILDS, 0o711, 0), (folder, 0o710, 0), (CACHES, 0o711, 0),
        (cache, 0o700, user.pw_uid), (folder + '/app', 0o755, 0), (folder + '/tmp', 0o700, user.pw_uid),
    ):
        os.makedirs(place, exist_ok=True)
        os.chown(place, owner, user.pw_gid)
        os.chmod(place, mode)
    if job.get('image'):
        prepare_image(folder, job, user)
    else:
        prepare_source(folder, user)
    os.chown(folder + '/app', user.pw_uid, user.pw_gid)
    return user, cache


def prepare_source(folder, user):
    with tarfile.open(folder + '/source.tar') as archive:
        # Bramble has made it, without links that lead out. Older versions of Python know no filter and ignore this.
        archive.extraction_filter = lambda member, _: member
        for member in archive:
            archive.extract(member, folder + '/app')
    for place, folders, names in os.walk(folder + '/app', topdown=False):
        for path in [os.path.join(place, name) for name in folders + names]:
            os.lchown(path, user.pw_uid, user.pw_gid)


def write_commands(folder, job, cache, commands):
    with open(folder + '/commands.json', 'w') as handle:
        json.dump(dict(commands=commands, app=folder + '/app', cache=cache, environment=job['environment']), handle)
    os.chmod(folder + '/commands.json', 0o644)


def close_network(user, job):
    """The build reaches the internet, but no service of the cluster. On loopback only DNS and ports without a fixed number."""
    denied = ', '.join(job['denied'])
    rules = '''table inet bramble_build
delete table inet bramble_build
table inet bramble_build {
  chain output {
    type filter hook output priority filter; policy accept;
    meta skuid != %d accept
    meta l4proto { tcp, udp } th dport 53 accept
    oifname "lo" ip daddr 127.0.0.0/8 meta l4proto { tcp, udp } th dport >= 32768 accept
    oifname "lo" ip6 daddr ::1 meta l4proto { tcp, udp } th dport >= 32768 accept
    oifname "lo" ct direction reply accept
    oifname "lo" reject
    ip daddr { %s } reject
    ip6 daddr { fc00::/7, fe80::/10 } tcp dport { %s } reject
  }
}
''' % (user.pw_uid, denied, ', '.join(job['ports']))
    run('nft', '-f', '-', input=rules.encode())


def own_unit():
    with open('/proc/self/cgroup') as handle:
        name = handle.read().strip().split('/')[-1]
    return name if name.endswith('.service') else None


# What unpacks the layers of an image is root of its files, and of nothing else: owners and devices are theirs.
UNPACKS = dict(User='root', Group='root', PrivateDevices='no', ProtectClock='no', RestrictSUIDSGID='no', PrivateNetwork='yes',
               CapabilityBoundingSet='CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_MKNOD CAP_SETFCAP',
               RestrictAddressFamilies='AF_UNIX')


def unit_argv(folder, job, unit, cache, other):
    parent = own_unit()
    settings = [
        ('User', USER), ('Group', USER), ('WorkingDirectory', folder + '/app'), ('EnvironmentFile', '-/etc/environment'),
        ('RuntimeMaxSec', job['seconds']), ('MemoryMax', '%dM' % job['memoryMB']), ('MemorySwapMax', '0'),
        ('LimitFSIZE', '%dM' % job['diskMB']), ('TasksMax', '1024'), ('LimitNOFILE', '65536'), ('CPUWeight', '20'), ('IOWeight', '20'),
        ('Nice', '10'), ('OOMScoreAdjust', '900'), ('OOMPolicy', 'kill'), ('TimeoutStopSec', '10'),
        ('NoNewPrivileges', 'yes'), ('ProtectSystem', 'strict'), ('ProtectHome', 'yes'), ('ProtectProc', 'invisible'),
        ('PrivateDevices', 'yes'), ('PrivateNetwork', 'no'), ('PrivateIPC', 'yes'), ('ProtectClock', 'yes'), ('ProtectHostname', 'yes'),
        ('ProtectKernelLogs', 'yes'), ('ProtectKernelModules', 'yes'), ('ProtectKernelTunables', 'yes'), ('ProtectControlGroups', 'yes'),
        ('RestrictNamespaces', 'yes'), ('RestrictRealtime', 'yes'), ('RestrictSUIDSGID', 'yes'), ('LockPersonality', 'yes'),
        ('CapabilityBoundingSet', ''), ('RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX AF_NETLINK'),
        ('SystemCallArchitectures', 'native'), ('SystemCallFilter', '@system-service @pkey'),
        ('SystemCallErrorNumber', 'EPERM'), ('UMask', '0022'),
        ('InaccessiblePaths', '-/etc/bramble -/var/lib/bramble -/etc/patroni -/var/lib/postgresql -/var/lib/etcd -/run/postgresql -/run/haproxy -/run/dbus'),
        ('TemporaryFileSystem', '/srv:ro %s:ro' % CACHES), ('BindPaths', '%s/app %s' % (folder, cache)),
        ('BindPaths', '%s/tmp:/tmp %s/tmp:/var/tmp' % (folder, folder)), ('BindReadOnlyPaths', folder + '/commands.json'),
    ] + ([('BindsTo', parent)] if parent else [])
    settings = [(name, other.get(name, value)) for name, value in settings]
    properties = [part for name, value in settings for part in ('-p', '%s=%s' % (name, value))]
    inner = [os.path.abspath(sys.argv[0]), '--commands', folder + '/commands.json']
    return ['systemd-run', '--quiet', '--pipe', '--wait', '--service-type=exec', '--unit', unit, *properties, '--', *inner]


def copy_output(source, unit):
    """What the build prints, up to a limit: the log is kept in memory on the node."""
    left = MOST_OUTPUT
    for part in iter(lambda: source.read1(65536), b''):
        if left > 0:
            sys.stdout.buffer.write(part[:left])
            sys.stdout.flush()
            left -= len(part)
            if left <= 0:
                say('\nThe build prints more than %d MB; the rest is left out.' % (MOST_OUTPUT >> 20))


def watch(child, folder, job, user, cache):
    """Waits for the end of the build, and stops it at its limits that the kernel does not enforce."""
    enforced = memory_is_enforced()
    start = size_of(cache)
    for turn in range(1 << 30):
        try:
            child.wait(timeout=0.5)
            return
        except subprocess.TimeoutExpired:
            pass
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize < job['keepFreeMB'] * 1e6:
            raise Ended('disk', 'Free space on this node fell below %d MB.' % job['keepFreeMB'])
        if turn % 4 == 0 and size_of(folder, cache) - start > job['diskMB'] * 1e6:
            raise Ended('disk', 'The build wrote more than %d MB.' % job['diskMB'])
        if not enforced and resident_of(user.pw_uid) > job['memoryMB'] * 1048576:
            raise Ended('memory', 'The build used more than %d MB of memory.' % job['memoryMB'])


def build(folder, job, unit):
    stop_unit(unit)
    user, cache = prepare(folder, job)
    close_network(user, job)
    if job.get('image'):
        run_unit(folder, job, unit, user, cache, fetch_commands(job))
        forget_registry(folder)
        run_unit(folder, job, unit, user, cache, unpack_commands(), UNPACKS)
        pack_image(folder, job)
    else:
        run_unit(folder, job, unit, user, cache, job['commands'])
    if size_of(cache) > job['cacheMB'] * 1e6:
        say('The cache of this app is larger than %d MB and starts empty next time.' % job['cacheMB'])
        remove(cache)
    pack(folder, job)


def run_unit(folder, job, unit, user, cache, commands, other={}):
    write_commands(folder, job, cache, commands)
    argv = unit_argv(folder, job, unit, cache, other)
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printer = threading.Thread(target=copy_output, args=(child.stdout, unit))
    printer.start()
    try:
        watch(child, folder, job, user, cache)
    finally:
        seen = subprocess.run(['systemctl', 'show', '-p', 'Result,ExecMainStatus', unit], capture_output=True, text=True).stdout
        stop_unit(unit)
        child.wait()
        printer.join()
    shown = dict(line.split('=', 1) for line in seen.splitlines() if '=' in line)
    if shown.get('Result') == 'oom-kill':
        raise Ended('memory', 'The build used more than %d MB of memory.' % job['memoryMB'])
    if shown.get('Result') == 'timeout':
        raise Ended('time', 'The build took longer than %d seconds.' % job['seconds'])
    if child.returncode != 0:
        raise Ended('failed', 'A build command failed (exit %s).' % child.returncode)


def clear(folder):
    remove(folder + '/app', folder + '/tmp')
    for name in ('source.tar', 'registry.json', 'commands.json', 'result.tar.gz.part'):
        if os.path.exists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))


def supervise(folder):
    with open(folder + '/job.json') as handle:
        job = json.load(handle)
    if os.path.exists(folder + '/result.tar.gz'):
        return
    unit = 'bramble-app-build-%s.service' % os.path.basename(folder)

    def stopped(*_):
        raise Ended('cancelled', 'The build was stopped.')

    signal.signal(signal.SIGTERM, stopped)
    outcome, alone = dict(result='done', words=''), False
    with open(LOCK, 'w') as lock:
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say('Another app is being built on this node. Waiting for it to end.')
                fcntl.flock(lock, fcntl.LOCK_EX)
            alone = True
            for name in os.listdir(BUILDS):
                other = os.path.join(BUILDS, name)
                if other != folder and time.time() - os.stat(other).st_mtime > DAY:
                    remove(other)
            build(folder, job, unit)
        except Ended as end:
            outcome = dict(result=end.result, words=str(end))
        except RecursionError:
            outcome = dict(result='failed', words='The build made folders that are nested too deeply.')
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            # One that is stopped while it waits leaves the rules of the build that runs.
            if alone:
                subprocess.run(['nft', 'delete', 'table', 'inet', 'bramble_build'], stderr=subprocess.DEVNULL)
            clear(folder)
    with open(folder + '/outcome.json', 'w') as handle:
        json.dump(outcome, handle)
    if outcome['result'] != 'done':
        say(outcome['words'])
        sys.exit(1)


def commands(path):
    """Inside the sandbox, as its user."""
    with open(path) as handle:
        job = json.load(handle)
    app, cache = job['app'], job['cache']
    environment = {
        **os.environ, **job['environment'], 'HOME': cache + '/home', 'CI': 'true', 'LC_ALL': 'C.UTF-8',
        'PATH': ':'.join([app + '/.node/bin', app + '/node_modules/.bin', app + '/.python/bin', '/usr/local/bin:/usr/bin:/bin']),
        'PYTHONPATH': app + '/.python', 'XDG_CACHE_HOME': cache + '/xdg', 'npm_config_cache': cache + '/npm',
        'npm_config_store_dir': cache + '/pnpm', 'YARN_CACHE_FOLDER': cache + '/yarn', 'PIP_CACHE_DIR': cache + '/pip',
        'BUNDLE_USER_CACHE': cache + '/bundle', 'COMPOSER_CACHE_DIR': cache + '/composer', 'TMPDIR': '/tmp',
    }
    os.makedirs(environment['HOME'], exist_ok=True)
    for command in job['commands']:
        say('$ ' + command)
        code = subprocess.run(['/bin/sh', '-e', '-c', command], env=environment, stdin=subprocess.DEVNULL).returncode
        if code != 0:
            say('"%s" failed (%s).' % (command, 'exit %d' % code if code > 0 else 'signal %d' % -code))
            sys.exit(code if 0 < code < 256 else 1)


if sys.argv[1] == '--commands':
    commands(sys.argv[2])
else:
    supervise(sys.argv[1])
