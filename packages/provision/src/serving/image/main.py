# crun waits for the container and passes signals on. Images open /dev/stdout, which works with a pipe and not with journald's socket;
# the shell waits until all that was printed has been read. $1: the signal that stops the image; then crun's arguments.
KEEPER = '''stop=$1; shift
mkfifo /tmp/output
cat /tmp/output & reader=$!
"$@" >/tmp/output 2>&1 & container=$!
trap 'kill -s "$stop" $container' "$stop"
wait $container; code=$?
while kill -0 $container 2>/dev/null; do wait $container; code=$?; done
wait $reader
exit $code'''


def unpack(folder, app):
    """Below a user namespace: owners are those of the image, and nothing is written as root of the node."""
    user, root = pwd.getpwnam('app-' + app), folder + '/rootfs'
    os.mkdir(root, 0o755)
    os.chown(root, user.pw_uid, user.pw_gid)
    archive = os.open(folder + '/rootfs.tar.gz', os.O_RDONLY)
    where = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    enter(user, 0)
    os.fchdir(where)
    os.dup2(archive, 0)
    os.umask(0)
    os.execv('/bin/tar', ['tar', '--extract', '--gzip', '--numeric-owner', '--same-owner', '--same-permissions', '--delay-directory-restore',
                          '--file', '-'])


def own_values(path):
    """Names that the app sets itself although systemd sets them, too. In these files a quote begins a value and nothing else."""
    with open(path, encoding='utf-8', errors='replace') as handle:
        text = handle.read()
    return [name for name in ('PATH', 'LANG') if re.search('^%s="' % name, text, re.M)]


def nameservers():
    """pasta passes questions on to the name servers of the node, also to one that listens on its loopback only."""
    try:
        with open('/etc/resolv.conf', encoding='utf-8', errors='replace') as handle:
            kept = [line for line in handle if not line.startswith('nameserver')]
    except OSError:
        kept = []
    return ''.join(['nameserver %s\n' % NAMESERVER, *kept])


def run(path, process):
    release = os.getcwd()
    app = os.path.basename(os.path.dirname(os.path.dirname(release)))
    user = pwd.getpwnam('app-' + app)
    with open(path) as handle:
        slot = json.load(handle)
    with open(release + '/image.json') as handle:
        image = json.load(handle)
    command, given = slot['processes'][process], dict(os.environ)
    own_path = own_values(sys.argv[3]) if len(sys.argv) > 3 else []
    port = image['port'] if process == 'web' else None
    unshare(NEWNS)
    mount('none', '/', None, REC | SLAVE)
    # A new one in a user namespace takes one that nothing covers.
    os.mkdir(WORK + '/proc')
    mount('proc', WORK + '/proc', 'proc', NOSUID | NODEV | NOEXEC)
    enter(user, NEWNS | NEWNET, pasta(user, port and '%s:%d' % (given['PORT'], port)))
    put('/proc/sys/net/ipv4/ip_unprivileged_port_start', '0')
    for name in ('upper', 'work', 'root'):
        os.mkdir('%s/%s' % (WORK, name), 0o755)
    root = WORK + '/root'
    mount('overlay', root, 'overlay', NODEV | NOSUID, 'lowerdir=%s/rootfs,upperdir=%s/upper,workdir=%s/work,userxattr' % (release, WORK, WORK))
    name = '%s-%s' % (app, process)
    put(WORK + '/hosts', '127.0.0.1 localhost\n::1 localhost\n%s %s\n' % (ADDRESS, name))
    put(WORK + '/resolv.conf', nameservers())
    ids = identity_of(root, image['user'])
    argv = arguments(image, command, root)
    config = configuration(image, argv, ids, environment_of(image, given, own_path, ids[3], port), name)
    with open(os.open(WORK + '/config.json', os.O_WRONLY | os.O_CREAT, 0o600), 'w') as handle:
        json.dump(config, handle)
    os.chdir('/')
    crun = ['crun', '--root', WORK + '/crun', '--cgroup-manager', 'disabled', 'run', '--no-new-keyring', '--bundle', WORK, name]
    os.execve('/bin/sh', ['sh', '-c', KEEPER, 'sh', image['signal'].replace('SIG', ''), *crun],
              dict(PATH='/usr/sbin:/usr/bin:/sbin:/bin'))


if __name__ == '__main__':
    try:
        unpack(*sys.argv[2:4]) if sys.argv[1] == '--unpack' else run(*sys.argv[1:3])
    except OSError as error:
        sys.exit('image: %s' % error)
