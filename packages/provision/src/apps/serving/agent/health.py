# Whether a slot answers, asked as a balancer would: at the node's own address, with a name of the app as Host.


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


def check(record, slot, address):
    """None: it answers. Else why not, for people."""
    port = port_of(record, slot)
    path = record['health'].get('path') or '/'
    link = http.client.HTTPConnection(address, port, timeout=5)
    try:
        link.request('GET', path, headers={'Host': host_of(record), 'User-Agent': 'Bramble health check',
                                           'X-Forwarded-Proto': 'http', 'Connection': 'close'})
        status = link.getresponse().status
    except ConnectionRefusedError:
        if listens('127.0.0.1', port):
            return 'It listens on 127.0.0.1 only: make it listen on 0.0.0.0 at the port in PORT.'
        return 'Nothing listens on port %d, the value of PORT.' % port
    except (OSError, http.client.HTTPException) as error:
        return 'GET %s on port %d: %s.' % (path, port, error or type(error).__name__)
    finally:
        link.close()
    return None if 200 <= status < 400 else 'GET %s for %s answers %d.' % (path, host_of(record), status)
