# Container images: skopeo fetches one into a layout of the OCI, umoci unpacks it. What is left is the file system as one archive,
# and image.json: how a node starts it. The same image gives the same release, wherever it came from.
import gzip, hashlib, re, shlex, signal

LAYOUT, BUNDLE = 'layout', 'bundle'
# dpkg's names to those of images.
ARCHITECTURES = dict(amd64=('amd64', ''), arm64=('arm64', 'v8'), armhf=('arm', 'v7'), i386=('386', ''))
MOST_CONFIG = 4 * 1024 * 1024


def shell(*argv):
    return ' '.join(shlex.quote(word) for word in argv)


def prepare_image(folder, job, user):
    """Credentials and the registry's authority are files of the sandbox, which go with it. An archive is read as it is."""
    registry = {}
    if os.path.exists(folder + '/registry.json'):
        with open(folder + '/registry.json') as handle:
            registry = json.load(handle)
    for name, text in (('auth.json', registry.get('auth')), ('certificates/ca.crt', registry.get('authority'))):
        if text:
            job['image'][name] = True
            path = os.path.join(folder, 'tmp', name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as handle:
                handle.write(text)
            for one in {path, os.path.dirname(path)}:
                os.chown(one, user.pw_uid, user.pw_gid)
    if job['image']['from'] != 'registry':
        os.link(folder + '/source.tar', folder + '/app/source.tar')
        os.chown(folder + '/app/source.tar', user.pw_uid, user.pw_gid)


def forget_registry(folder):
    remove(folder + '/registry.json', folder + '/tmp/auth.json', folder + '/tmp/certificates')


def fetch_commands(job):
    image = job['image']
    architecture, variant = ARCHITECTURES.get(job['architecture'], (job['architecture'], ''))
    skopeo = ['skopeo', '--insecure-policy', '--override-os', 'linux', '--override-arch', architecture]
    skopeo += ['--override-variant', variant] if architecture == 'arm' else []
    given = ['--authfile', '/tmp/auth.json'] if image.get('auth.json') else []
    trusted = ['/tmp/certificates'] if image.get('certificates/ca.crt') else []
    looking = given + [word for folder in trusted for word in ('--cert-dir', folder)]
    copying = given + [word for folder in trusted for word in ('--src-cert-dir', folder)]
    first, source = [], shlex.quote(image['from'] + ':source.tar')
    if image['from'] == 'registry':
        name, _, digest = image['reference'].partition('@')
        tail = name.rpartition('/')[2]
        plain = name[:len(name) - len(tail)] + tail.partition(':')[0]
        wanted = 'docker://' + (plain + '@' + digest if digest else name)
        first = [shell(*skopeo, 'inspect', '--raw', *looking, wanted) + ' > manifest.raw']
        # The tag can move meanwhile: what is copied is what was seen.
        source = '"docker://%s@sha256:$(sha256sum < manifest.raw | cut -c 1-64)"' % plain
    return first + [shell(*skopeo, 'inspect', '--config', '--raw', *looking) + ' %s > config.raw' % source,
                    shell(*skopeo, 'copy', *copying) + ' %s oci:%s:image' % (source, LAYOUT)]


def unpack_commands():
    return [shell('umoci', 'unpack', '--image', LAYOUT + ':image', BUNDLE)]


def words_of(value):
    return [str(word) for word in value] if isinstance(value, list) else []


def image_of(folder, job):
    """What image.json says. The identity of an image is the digest of its configuration, which names its layers, as it was made."""
    try:
        with open(folder + '/app/config.raw', 'rb') as handle:
            text = handle.read(MOST_CONFIG)
        config = json.loads(text.decode())
        settings = config.get('config') or {}
        ports = sorted(int(port.split('/')[0]) for port in settings.get('ExposedPorts') or {} if re.match(r'[0-9]+(/tcp)?$', port))
        found = dict(
            id='sha256:' + hashlib.sha256(text).hexdigest(), entrypoint=words_of(settings.get('Entrypoint')), command=words_of(settings.get('Cmd')),
            environment=words_of(settings.get('Env')), folder=str(settings.get('WorkingDir') or '/'), user=str(settings.get('User') or ''),
            signal=str(settings.get('StopSignal') or 'SIGTERM'), volumes=sorted(settings.get('Volumes') or {}), exposed=ports)
        architecture = str(config.get('architecture') or '')
    except (OSError, ValueError, TypeError, AttributeError):
        raise Ended('image', 'The configuration of the image cannot be read.')
    wanted = ARCHITECTURES.get(job['architecture'], (job['architecture'], ''))[0]
    if architecture != wanted:
        raise Ended('image-architecture', 'The image is for the architecture "%s", and the nodes are "%s".' % (architecture, wanted))
    if not re.match('SIG[A-Z0-9]+$', found['signal']):
        number = found['signal']
        found['signal'] = signal.Signals(int(number)).name if number.isdigit() and 0 < int(number) < 32 else 'SIGTERM'
    if not found['entrypoint'] and not found['command'] and not job['image']['hasCommand']:
        raise Ended('image-command', 'The image has neither an entrypoint nor a command.')
    # Most images listen on the port that they expose; one that reads PORT gets 8080, which needs no rights anywhere.
    found['port'] = job['image'].get('port') or (80 if 80 in ports else ports[0] if ports else 8080)
    return found


def entries(root, at=''):
    """Sorted, folders before what is in them. Devices and sockets are no part of a release."""
    for name in sorted(os.listdir(os.path.join(root, at))):
        path = os.path.join(at, name)
        mode = os.lstat(os.path.join(root, path)).st_mode
        if stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode):
            yield path
        if stat.S_ISDIR(mode):
            yield from entries(root, path)


def normalized(member):
    """umoci makes folders that no layer names, with the time of now; programs compare the times of files only."""
    member.uname = member.gname = ''
    member.mtime = 0 if member.isdir() else int(member.mtime)
    member.pax_headers = {}
    return member


def pack_image(folder, job):
    app, found = folder + '/app', image_of(folder, job)
    root = '%s/%s/rootfs' % (app, BUNDLE)
    if size_of(root) > job['resultMB'] * 1e6:
        raise Ended('size', 'The image has more than %d MB.' % job['resultMB'])
    remove(app + '/' + LAYOUT, app + '/source.tar', app + '/config.raw')
    with open(app + '/image.json', 'w') as handle:
        json.dump(found, handle, indent=1, sort_keys=True)
    try:
        with Bounded(app + '/rootfs.tar.gz', job) as target, \
                gzip.GzipFile('', 'wb', compresslevel=1, fileobj=target, mtime=0) as packed, \
                tarfile.open(fileobj=packed, mode='w|', format=tarfile.PAX_FORMAT) as archive:
            archive.add(root, arcname='.', recursive=False, filter=normalized)
            for path in entries(root):
                archive.add(os.path.join(root, path), arcname='./' + path, recursive=False, filter=normalized)
    except OSError as error:
        raise Ended('disk', 'The image cannot be packed: %s.' % error)
    manifest = app + '/manifest.raw'
    if os.path.exists(manifest):
        with open(manifest, 'rb') as handle:
            digest = 'sha256:' + hashlib.sha256(handle.read()).hexdigest()
        say('%s is %s.' % (job['image']['reference'], digest))
        # Beside the release: the tag of an image, and the registry that it comes from, do not make another one of it.
        with open(folder + '/pulled.json', 'w') as handle:
            json.dump(dict(digest=digest), handle)
        os.unlink(manifest)
    remove(app + '/' + BUNDLE)
