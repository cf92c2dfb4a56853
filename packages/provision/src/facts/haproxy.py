# Talks to HAProxy's runtime sockets on this machine; programs that do are put below this part. Python 3.9 and its standard
# library only.
import csv, os, socket

RUN = os.environ.get('BRAMBLE_HAPROXY_RUN', '/run/haproxy')
SOCKETS = dict(web=RUN + '/admin.sock', postgres=RUN + '/postgres.sock')


def command(service, text):
    """What the service answers. OSError: it does not."""
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(5)
    with link:
        link.connect(SOCKETS[service])
        link.sendall(text.encode() + b'\n')
        return b''.join(iter(lambda: link.recv(65536), b'')).decode('utf-8', 'replace')


def table(text):
    """Rows of "show stat" as dictionaries."""
    text = text.strip()
    return list(csv.DictReader((text[2:] if text.startswith('# ') else text).splitlines()))

