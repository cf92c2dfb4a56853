# Hands HAProxy its certificate file again over the runtime socket: no reload, no connection ends. Prints nothing.
# Python 3.9 and its standard library only.
import os, socket

ADMIN = os.environ.get('BRAMBLE_HAPROXY_SOCKET', '/run/haproxy/admin.sock')
BUNDLE = os.environ.get('BRAMBLE_HAPROXY_BUNDLE', '/etc/haproxy/bramble.pem')


def say(command):
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(10)
    link.connect(ADMIN)
    link.sendall(command.encode() + b'\n')
    parts = []
    while True:
        part = link.recv(65536)
        if not part:
            return b''.join(parts).decode('utf-8', 'replace').strip()
        parts.append(part)


def must(word, command):
    answer = say(command)
    if 'not referenced by the configuration' in answer:
        # It does not show this file yet, and reads it when it is given a configuration that names it.
        raise SystemExit(0)
    if word not in answer:
        # An open transaction would refuse the next try.
        say('abort ssl cert ' + BUNDLE)
        raise SystemExit('HAProxy refuses the certificate: ' + answer)


with open(BUNDLE) as bundle:
    # An empty line would end it.
    lines = [line for line in bundle.read().splitlines() if line]
must('Transaction ', 'set ssl cert %s <<\n%s\n' % (BUNDLE, '\n'.join(lines)))
must('Success!', 'commit ssl cert ' + BUNDLE)
