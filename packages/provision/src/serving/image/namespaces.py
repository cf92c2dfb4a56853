#!/usr/bin/python3 -I
# Managed by Bramble. Runs a container image: `app-image FILE PROCESS` starts a process of an app in the folder of its release, and
# `app-image --unpack FOLDER APP` unpacks a file system. It is root of the node only until its user namespace is there: crun, pasta
# and the container run as the user of the app. Python 3.9 and its standard library only.
import ctypes, grp, json, os, pwd, re, shlex, stat, subprocess, sys, tarfile

NEWNS, NEWUSER, NEWNET = 0x20000, 0x10000000, 0x40000000
NOSUID, NODEV, NOEXEC, REC, SLAVE = 2, 4, 8, 0x4000, 0x80000
DUMPABLE = 4
# Users of apps begin at FIRST. Ids of the node from SUBIDS on belong to containers: SPAN for each app, in no range of other programs.
FIRST, SUBIDS, SPAN = 700, 2000000000, 65536
libc = ctypes.CDLL(None, use_errno=True)


def must(value, what):
    if value != 0:
        number = ctypes.get_errno()
        raise OSError(number, '%s: %s' % (what, os.strerror(number)))


def mount(source, target, kind=None, flags=0, data=''):
    must(libc.mount(source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags), data.encode()), 'mount ' + target)


def unshare(flags):
    must(libc.unshare(flags), 'unshare')


def id_map(own):
    """Root of the container is the user of the app; its other ids belong to nobody on the node."""
    return '0 %d 1\n1 %d %d\n' % (own, SUBIDS + (own - FIRST) * SPAN + 1, SPAN - 1)


def put(path, text):
    with open(path, 'w') as handle:
        handle.write(text)


def become(user):
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    # Else the kernel hides the namespaces of this process from pasta, which runs as the same user.
    must(libc.prctl(DUMPABLE, 1, 0, 0, 0), 'prctl')


def enter(user, flags, outside=lambda pid: None):
    """This process becomes root of a new user namespace of the app. `outside(pid)`: work of root of the node, once it is there."""
    made, tell_made = os.pipe()
    mapped, tell_mapped = os.pipe()
    pid, helper = os.getpid(), os.fork()
    if helper == 0:
        status = 1
        try:
            os.close(tell_made)
            os.close(mapped)
            if os.read(made, 1) == b'y':
                put('/proc/%d/uid_map' % pid, id_map(user.pw_uid))
                put('/proc/%d/gid_map' % pid, id_map(user.pw_gid))
                outside(pid)
                os.write(tell_mapped, b'y')
                status = 0
        except (OSError, subprocess.SubprocessError) as error:
            print('image: %s' % error, file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    os.close(made)
    os.close(tell_mapped)
    become(user)
    unshare(NEWUSER | flags)
    must(libc.prctl(DUMPABLE, 1, 0, 0, 0), 'prctl')
    os.write(tell_made, b'y')
    if os.read(mapped, 1) != b'y':
        sys.exit(1)
    os.waitpid(helper, 0)
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.setgroups([0])
