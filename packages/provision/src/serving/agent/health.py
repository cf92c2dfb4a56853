# Whether a slot answers, asked as a balancer would: at the node's own address, with a name of the app as Host.
import http.client, pwd, socket, struct, threading, time

# Seconds for one check: no byte of an answer may take long, nor all of them.
CHECKED = 15
STRANGER = 'Another program listens on port %d.'


def listeners(port, address, folder='/proc/net'):
    """Ids of the users whose sockets take a connection to this IPv4 address and port."""
    own = '%08X' % struct.unpack('=I', socket.inet_aton(address))
    mapped = '0' * 16 + '%08X' % struct.unpack('=I', b'\0\0\xff\xff')
    rows = []
    for name in ('tcp', 'tcp6'):
        try:
            with open('%s/%s' % (folder, name)) as handle:
                rows += [line.split() for line in handle.readlines()[1:]]
        except OSError:
            pass
    users = {row[1]: int(row[7]) for row in rows if row[3] == '0A'}
    places = ['%s:%04X' % (place, port) for place in ('0' * 8, own, mapped + own, mapped + '0' * 8)]
    found = [users[place] for place in places if place in users]
    # What listens on all addresses of IPv6 gets what none of IPv4 takes.
    every = '%s:%04X' % ('0' * 32, port)
    return found or [users[place] for place in (every,) if place in users]


def strange(app, port, address):
    """Whether another program would answer: any app may listen on any port."""
    found = listeners(port, address)
    try:
        return any(user != pwd.getpwnam('app-' + app).pw_uid for user in found)
    except KeyError:
        return True


def host_of(record):
    domains = record['domains']
    plain_names = [name for name in domains if not name.startswith('*')]
    if plain_names:
        return plain_names[0]
    return 'www' + domains[0][1:] if domains else record['app'] + '.local'


def listens(address, port):
    try:
        socket.create_connection((address, port), 2).close()
        return True
    except OSError:
        return False


def cut(link):
    try:
        link.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        pass


def check(record, slot, address):
    """None: it answers. Else why not, for people."""
    port = port_of(record, slot)
    path = record['health'].get('path') or '/'
    if strange(record['app'], port, address):
        return STRANGER % port
    link = http.client.HTTPConnection(address, port, timeout=5)
    began, over = time.monotonic(), threading.Timer(CHECKED, cut, [link])
    over.start()
    try:
        link.request('GET', path, headers={'Host': host_of(record), 'User-Agent': 'Bramble health check',
                                           'X-Forwarded-Proto': 'http', 'Connection': 'close'})
        status = link.getresponse().status
    except ConnectionRefusedError:
        if record.get('kind') == 'image':
            return 'The container is starting.'
        if listens('127.0.0.1', port):
            return 'It listens on 127.0.0.1 only: make it listen on 0.0.0.0 at the port in PORT.'
        return 'Nothing listens on port %d, the value of PORT.' % port
    except (OSError, http.client.HTTPException) as error:
        if record.get('kind') == 'image' and isinstance(error, ConnectionError):
            return 'Nothing in the container listens on port %d on all addresses. If the image uses another port, set "port" of ' \
                'the app.' % image_of(record)['port']
        return 'GET %s on port %d: %s.' % (path, port, error or type(error).__name__)
    finally:
        over.cancel()
        link.close()
    if time.monotonic() - began >= CHECKED:
        return 'GET %s on port %d: no whole answer within %d s.' % (path, port, CHECKED)
    return None if 200 <= status < 400 else 'GET %s for %s answers %d.' % (path, host_of(record), status)
