# Files of an app on a node: the first line of standard input says what to do, in JSON; the rest of it is content.
# The answer is JSON on standard output. Only the standard library of Python 3.9.
import contextlib, fcntl, grp, hashlib, json, os, subprocess, sys


def refuse(words):
    sys.stderr.write(words + '\n')
    sys.exit(3)


def sync(path):
    subprocess.run(['sync', '-f', path], check=True)


def remove_tree(path):
    """Follows no link, and takes folders of any depth: an app wrote them."""
    subprocess.run(['rm', '-rf', '--', path], check=True, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def alone(app):
    """Two copies of a release would unpack into the same folder. Only root can open what the lock is on."""
    if not os.path.isdir(app.root):
        yield
        return
    os.makedirs(app.environments, mode=0o700, exist_ok=True)
    handle = os.open(app.environments, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class App:
    def __init__(self, asked):
        self.root = os.path.join(asked.get('root', '/srv/bramble/apps'), asked['app'])
        self.group = asked.get('group', 'app-' + asked['app'])
        self.releases = os.path.join(self.root, 'releases')
        self.environments = os.path.join(self.root, 'environments')
        self.incoming = os.path.join(self.root, 'incoming')

    def gid(self):
        try:
            return grp.getgrnam(self.group).gr_gid
        except KeyError:
            return None


def state(app, asked):
    """`ready`: the node was provisioned for the app. `release`: its folder is there."""
    ready = app.gid() is not None and os.path.isdir(app.root)
    held = os.statvfs(app.root if ready else '/')
    return dict(ready=ready, release=os.path.isdir(os.path.join(app.releases, asked['release'])),
                free=held.f_bavail * held.f_frsize)


def unpack(app, asked):
    """The archive becomes the folder of the release, which has its name only when it is complete."""
    final = os.path.join(app.releases, asked['release'])
    archive = os.path.join(app.incoming, asked['release'] + '.tar')
    if os.path.isdir(final):
        remove_file(archive)
        return dict()
    if not os.path.isdir(app.releases):
        os.mkdir(app.releases, 0o750)
        os.chown(app.releases, -1, app.gid())
    staged = os.path.join(app.releases, '.' + asked['release'] + '.new')
    remove_tree(staged)
    os.umask(0o027)
    os.mkdir(staged)
    try:
        subprocess.run(['tar', '--extract', '--no-same-owner', '--no-same-permissions', '--file', archive, '--directory', staged],
                       check=True, stdin=subprocess.DEVNULL)
        own(staged, app.gid(), asked['release'])
        if asked.get('image'):
            unpack_image(app, staged)
        sync(staged)
        os.rename(staged, final)
    except (OSError, subprocess.CalledProcessError):
        # A card that is full gets its space back.
        remove_tree(staged)
        remove_file(archive)
        raise
    sync(app.releases)
    remove_file(archive)
    return dict()


def unpack_image(app, staged):
    """Its files belong to ids of the app's user namespace."""
    subprocess.run(['/usr/local/lib/bramble/app-image', '--unpack', staged, os.path.basename(app.root)], check=True,
                   stdin=subprocess.DEVNULL, stdout=sys.stderr)
    remove_file(staged + '/rootfs.tar.gz')


def own(folder, gid, release):
    """One time for all files, which is the same on every node and differs between releases: servers make ETags of it."""
    moment = 1000000000 + int(release[:8], 16) % 500000000
    for path, folders, files in os.walk(folder, topdown=False):
        for name in folders + files + ['']:
            one = os.path.join(path, name) if name else path
            os.chown(one, 0 if os.geteuid() == 0 else -1, gid, follow_symlinks=False)
            os.utime(one, (moment, moment), follow_symlinks=False)


def environment(app, asked, content):
    os.makedirs(app.environments, mode=0o700, exist_ok=True)
    path = os.path.join(app.environments, asked['digest'])
    text = content.read()
    if hashlib.sha256(text).hexdigest() != asked['digest']:
        refuse('The environment was damaged in transfer.')
    handle = os.open(path + '.new', os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, 'wb') as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    os.rename(path + '.new', path)
    return dict()


def prune(app, asked):
    """Keeps what is named, and the copy of it that continues; the rest goes."""
    for folder, kept in ((app.releases, asked['releases']), (app.environments, asked['environments']), (app.incoming, [])):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name not in kept and not (folder == app.incoming and continues(app, asked, name.split('.')[0])):
                remove_tree(os.path.join(folder, name))
    return dict()


def continues(app, asked, release):
    return release in asked['releases'] and not os.path.isdir(os.path.join(app.releases, release))


def remove(app, asked):
    for path in (app.root, os.path.join(asked.get('states', '/var/lib'), 'bramble-app-' + asked['app'])):
        # Where systemd's StateDirectory is a link, both ends go.
        real = os.path.realpath(path)
        if os.path.islink(path):
            os.unlink(path)
        remove_tree(real)
    return dict()


def remove_file(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def main():
    content = sys.stdin.buffer
    asked = json.loads(content.readline())
    app, what = App(asked), asked['what']
    if what == 'environment':
        return environment(app, asked, content)
    if what in ('unpack', 'prune'):
        with alone(app):
            return dict(unpack=unpack, prune=prune)[what](app, asked)
    return dict(state=state, remove=remove)[what](app, asked)


try:
    json.dump(main(), sys.stdout)
except subprocess.CalledProcessError as error:
    refuse('%s failed (%s)' % (' '.join(error.cmd), error.returncode))
except OSError as error:
    refuse(str(error))
