# Talks to HAProxy's runtime socket on this machine: a JSON object on stdin says which servers to set, their states come
# back as JSON. Python 3.9 and its standard library only.
import csv, json, os, re, socket, subprocess, sys

ADMIN = os.environ.get('BRAMBLE_HAPROXY_SOCKET', '/run/haproxy/admin.sock')
KEEP = '/usr/local/lib/bramble/haproxy-state'


def say(command):
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(5)
    link.connect(ADMIN)
    link.sendall(command.encode() + b'\n')
    parts = []
    while True:
        part = link.recv(65536)
        if not part:
            return b''.join(parts).decode('utf-8', 'replace').strip()
        parts.append(part)


def name(text):
    if not re.fullmatch('[a-z0-9-]{1,63}', text):
        raise SystemExit('not a name: %r' % text)
    return text


def keep():
    """Writes down what was asked, so that it outlives HAProxy. False: this machine has no program for that yet."""
    return os.path.exists(KEEP) and subprocess.run([KEEP, 'save'], stdin=subprocess.DEVNULL).returncode == 0


do = json.load(sys.stdin)
said = []
for change in do['set']:
    place = '%s/%s' % (name(change['backend']), name(change['server']))
    said.append(say('set server %s state %s' % (place, name(change['state']))))
    if change['cut']:
        said.append(say('shutdown sessions server %s' % place))
servers = list(csv.DictReader(say('show stat -1 4 -1').removeprefix('# ').splitlines()))
# What people asked stands here alone: of a server that is down the statistics do not say that it is drained.
asked = {}
for row in map(str.split, say('show servers state').splitlines()):
    if len(row) > 6 and row[0] != '#':
        admin = int(row[6])
        asked[row[1], row[3]] = 'maint' if admin & 0x01 else 'drain' if admin & 0x08 else 'ready'
print(json.dumps(dict(
    said=[words for words in said if words],
    kept=keep() if do['set'] else True,
    servers=[dict(backend=row['pxname'], server=row['svname'], words=row['status'], sessions=int(row['scur'] or 0),
                  asked=asked.get((row['pxname'], row['svname']), 'ready'),
                  check=row.get('check_status', ''), why=row.get('last_chk', '')) for row in servers])))
