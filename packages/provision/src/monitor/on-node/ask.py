# Parts of one script: watch.ts joins those that a node's roles need, in its order, and this one comes first.
# It answers a question a line until its input ends, changes nothing, and leaves no file. Python 3.9, standard library only.
import json, os, pwd, re, select, signal, socket, subprocess, sys, threading, time

ENV = {**os.environ, 'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0'}
CONTAINER = os.path.exists('/run/systemd/container')


class Silent(Exception):
    """Why a source does not answer; the words reach the page."""


class Until:
    """Seconds left for one answer."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        left = self.end - time.monotonic()
        if left <= 0:
            raise Silent('no answer in time')
        return left


def reason(error):
    return getattr(error, 'strerror', None) or str(error)


def text(path, fallback=''):
    try:
        with open(path, encoding='utf-8', errors='replace') as handle:
            return handle.read()
    except OSError:
        return fallback


def call(argv, seconds):
    """Standard output of a command that ends with 0."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENV,
                              timeout=seconds, cwd='/')
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Silent('%s: %s' % (argv[0], error))
    if done.returncode != 0:
        raise Silent('%s ends with %d' % (argv[0], done.returncode))
    return done.stdout.decode('utf-8', 'replace')


def unix(path, seconds):
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(seconds)
    try:
        link.connect(path)
    except OSError as error:
        link.close()
        raise Silent(reason(error))
    return link
