# What a file of this machine is to Bramble. Stands before the scripts that ask and that write.
import hashlib, os, re, stat
from urllib.parse import quote

STATE = os.environ.get('BRAMBLE_STATE', '/var/lib/bramble')
OURS = re.compile(rb'(Written|Managed) by Bramble|^# --- Bramble: ', re.M)


def written(path):
    """The note of what Bramble wrote last into this file: the SHA-256 of it."""
    return os.path.join(STATE, 'wrote', quote(path, safe=''))


def kept(path):
    """Where the file lies that Bramble found in its place."""
    return STATE + '/kept' + path


def pristine(path, data):
    """As its Debian package brought it."""
    try:
        with open('/var/lib/dpkg/status', 'rb') as handle:
            known = handle.read()
    except OSError:
        return False
    return b'\n %s %s' % (path.encode(), hashlib.md5(data).hexdigest().encode()) in known


def noted(path, data):
    try:
        with open(written(path)) as handle:
            return handle.read() == hashlib.sha256(data).hexdigest()
    except OSError:
        return False


def foreign(path):
    """True: somebody else's file, which must not be lost when Bramble writes its own."""
    if 'bramble' in path:
        return False
    try:
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode):
            return True
        if not stat.S_ISREG(info.st_mode) or info.st_size == 0:
            return False
        with open(path, 'rb') as handle:
            data = handle.read()
    except OSError:
        return False
    return not OURS.search(data) and not noted(path, data) and not pristine(path, data)


