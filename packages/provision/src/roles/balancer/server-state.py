# Managed by Bramble. Local changes are overwritten. Keeps server states (drain, maintenance) across restarts of HAProxy.
# "save": before a reload, and after a switch; all that the running HAProxy knows. "start": only what people asked,
# because whether a server was up may be long untrue. Then the service: "postgres", or nothing for that of the web.
import sys

SERVICE = 'postgres' if sys.argv[2:] == ['postgres'] else 'web'
CONFIG = os.environ.get('BRAMBLE_HAPROXY_CONFIG', dict(web='/etc/haproxy/haproxy.cfg', postgres='/etc/haproxy/postgres.cfg')[SERVICE])
KEPT = os.environ.get('BRAMBLE_HAPROXY_KEPT', '/var/lib/bramble')
STATE = KEPT + dict(web='/haproxy.state', postgres='/haproxy-postgres.state')[SERVICE]

# Places in a line of "show servers state".
BACKEND, SERVER, ADDRESS, OPERATION, ASKED, PORT, CHECK_PORT, CHECK_ADDRESS, AGENT_PORT = 1, 3, 4, 5, 6, 18, 21, 22, 24
MAINT, DRAIN = 0x01, 0x08
STOPPED, RUNNING = '0', '2'


def kept():
    # Before the services were parted, one file held the servers of both.
    for path in (STATE, KEPT + '/haproxy.state'):
        try:
            with open(path) as handle:
                return handle.read()
        except OSError:
            pass
    return ''


def configured():
    """Address and port of each server as the file says now: HAProxy would believe the port of the state."""
    places, backend = {}, None
    with open(CONFIG) as handle:
        for line in handle:
            words = line.split()
            if line[:1].strip() and words:
                backend = words[1] if words[0] == 'backend' and len(words) > 1 else None
            elif backend and len(words) > 2 and words[0] == 'server':
                places[backend, words[1]] = words[2].rpartition(':')[::2]
    return places


def asked(row):
    return int(row[ASKED]) & (MAINT | DRAIN) != 0


def settled(row):
    """What people asked, and nothing about a health of long ago."""
    return row[:OPERATION] + [STOPPED if int(row[ASKED]) & MAINT else RUNNING] + row[OPERATION + 1:]


def lines(text, whole):
    head = [line for line in text.splitlines() if line == '1' or line.startswith('#')]
    yield from head or ['1']
    places = configured()
    for line in text.splitlines():
        row = line.split()
        # Servers of apps: bramble-apps.service says after a start which ones serve. A reload goes on with what it said.
        if len(row) > AGENT_PORT and row[BACKEND].startswith('app-'):
            if whole and (row[BACKEND], row[SERVER]) in places:
                yield ' '.join(row)
            continue
        if len(row) <= AGENT_PORT or line.startswith('#') or (row[BACKEND], row[SERVER]) not in places:
            continue
        address, port = places[row[BACKEND], row[SERVER]]
        moved = (row[ADDRESS], row[PORT]) != (address, port)
        if not asked(row) and (moved or not whole):
            continue
        if moved or not whole:
            row = settled(row)
        row[ADDRESS], row[PORT] = address, port
        # As the file says: HAProxy takes 0 and - for nothing.
        row[CHECK_PORT], row[CHECK_ADDRESS], row[AGENT_PORT] = '0', '-', '0'
        yield ' '.join(row)


def write(text):
    os.makedirs(os.path.dirname(STATE), mode=0o755, exist_ok=True)
    staged = '%s.%d' % (STATE, os.getpid())
    with open(staged, 'w') as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(staged, STATE)


saving = sys.argv[1:2] == ['save']
try:
    text = command(SERVICE, 'show servers state') if saving else kept()
except OSError:
    saving, text = False, kept()
write('\n'.join(lines(text, saving)) + '\n')
