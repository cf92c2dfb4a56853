# A JSON object on stdin says which servers of HAProxy to set; their states come back as JSON.
import json, re, subprocess, sys

KEEP = '/usr/local/lib/bramble/haproxy-state'


def name(text):
    if not re.fullmatch('[a-z0-9-]{1,63}', text):
        raise SystemExit('not a name: %r' % text)
    return text


def read(service):
    """Its servers; what people asked stands apart: of a server that is down the statistics do not say that it is drained."""
    asked = {}
    for row in map(str.split, command(service, 'show servers state').splitlines()):
        if len(row) > 6 and row[0] != '#':
            admin = int(row[6])
            asked[row[1], row[3]] = 'maint' if admin & 0x01 else 'drain' if admin & 0x08 else 'ready'
    return [dict(backend=row['pxname'], server=row['svname'], words=row['status'], sessions=int(row['scur'] or 0),
                 asked=asked.get((row['pxname'], row['svname']), 'ready'),
                 check=row.get('check_status', ''), why=row.get('last_chk', '')) for row in table(command(service, 'show stat -1 4 -1'))]


def read_all():
    """By service, and why one does not answer. Before the services were parted, that of the web had all backends."""
    found, silent = {}, {}
    for service in SOCKETS:
        try:
            found[service] = read(service)
        except OSError as error:
            silent[service] = error.strerror or str(error)
    own = {row['backend'] for row in found.get('postgres', [])}
    found['web'] = [row for row in found.get('web', []) if row['backend'] not in own]
    return found, silent


def keep(service):
    """Writes down what was asked, so that it outlives HAProxy. False: this machine has no program for that yet."""
    words = [KEEP, 'save'] + (['postgres'] if service == 'postgres' else [])
    return os.path.exists(KEEP) and subprocess.run(words, stdin=subprocess.DEVNULL).returncode == 0


do = json.load(sys.stdin)
found, silent = read_all()
said, touched = [], set()
for change in do['set']:
    service = next((own for own, rows in found.items() if any(row['backend'] == change['backend'] for row in rows)), None)
    if service is None:
        said.append('No such backend.' if not silent else '')
        continue
    touched.add(service)
    place = '%s/%s' % (name(change['backend']), name(change['server']))
    said.append(command(service, 'set server %s state %s' % (place, name(change['state']))).strip())
    if change['cut']:
        said.append(command(service, 'shutdown sessions server %s' % place).strip())
if do['set']:
    found, silent = read_all()
print(json.dumps(dict(said=[words for words in said if words], kept=all([keep(service) for service in touched]), silent=silent,
                      servers=[row for rows in found.values() for row in rows])))
