# One part of a file to or from this machine: a JSON object on stdin says what. Python 3.9 and its standard library only.
import base64, hashlib, json, os, sys


def digest_of(path):
    seen = hashlib.sha256()
    with open(path, 'rb') as handle:
        for part in iter(lambda: handle.read(1 << 20), b''):
            seen.update(part)
    return seen.hexdigest()


def state(do):
    """What is there already: the finished file, or the size of the part that an earlier attempt left."""
    if os.path.isfile(do['path']) and digest_of(do['path']) == do['digest']:
        return dict(complete=True, size=0)
    part = do['path'] + '.part'
    return dict(complete=False, size=os.path.getsize(part) if os.path.isfile(part) else 0)


def append(do):
    part = do['path'] + '.part'
    folder = os.path.dirname(part)
    os.umask(0o022)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    if not os.path.isdir(folder):
        os.mkdir(folder, 0o700)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), 'wb') as handle:
        handle.truncate(do['at'])
        handle.seek(do['at'])
        handle.write(base64.b64decode(do['data']))
    return dict(size=os.path.getsize(part))


def finish(do):
    part = do['path'] + '.part'
    if digest_of(part) != do['digest']:
        os.unlink(part)
        return dict(complete=False)
    with open(part, 'rb') as handle:
        os.fsync(handle.fileno())
    os.rename(part, do['path'])
    return dict(complete=True)


def read(do):
    with open(do['path'], 'rb') as handle:
        handle.seek(do['at'])
        return dict(data=base64.b64encode(handle.read(do['most'])).decode())


def measure(do):
    return dict(size=os.path.getsize(do['path']), digest=digest_of(do['path']))


os.umask(0o077)
do = json.load(sys.stdin)
print(json.dumps(dict(state=state, append=append, finish=finish, read=read, measure=measure)[do['do']](do)))
