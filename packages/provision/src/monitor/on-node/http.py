class Http:
    """HTTP/1.1 with one service of this node, over one connection while the service keeps it."""

    def __init__(self, port, secure=None):
        self.port, self.secure = port, secure
        self.link, self.rest, self.session = None, b'', None

    def ask(self, path, seconds=2.0, body=None):
        """Status and body of the answer."""
        until = Until(seconds)
        kept = self.link is not None
        try:
            return self.once(path, until, body)
        except (OSError, ValueError) as error:
            self.close()
            # The service may have closed a connection that stood idle.
            if kept and not isinstance(error, socket.timeout):
                try:
                    return self.once(path, until, body)
                except (OSError, ValueError) as again:
                    error = again
            self.close()
            raise Silent('no answer in time' if isinstance(error, socket.timeout) else reason(error))
        except Silent:
            self.close()
            raise

    def once(self, path, until, body):
        if self.link is None:
            self.open(until)
        head = '%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n' % ('GET' if body is None else 'POST', path, self.port)
        if body is not None:
            head += 'Content-Type: application/json\r\nContent-Length: %d\r\n' % len(body)
        self.link.settimeout(until.left())
        self.link.sendall(head.encode() + b'\r\n' + (body or b''))
        lines = self.upto(b'\r\n\r\n', until).decode('latin-1').split('\r\n')
        version, status = lines[0].split(' ')[:2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in lines[1:])}
        kept = version == 'HTTP/1.1' and headers.get('connection', '').lower() != 'close'
        if headers.get('transfer-encoding', '').lower() == 'chunked':
            content = self.chunks(until)
        elif 'content-length' in headers:
            content = self.exactly(int(headers['content-length']), until)
        else:
            kept, content = False, self.everything(until)
        if not kept:
            self.close()
        return int(status), content

    def open(self, until):
        link = socket.create_connection(('127.0.0.1', self.port), timeout=until.left())
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.secure:
            context = self.secure.context()
            session = self.session if self.session and self.session[0] is context else (context, None)
            link.settimeout(until.left())
            link = context.wrap_socket(link, server_hostname='127.0.0.1', session=session[1])
        self.link, self.rest = link, b''

    def close(self):
        if self.link is None:
            return
        # Patroni closes after every answer: a resumed session spares both sides the expensive half of the next handshake.
        if self.secure:
            self.session = (self.link.context, self.link.session)
        self.link.close()
        self.link = None

    def more(self, until):
        self.link.settimeout(until.left())
        part = self.link.recv(65536)
        self.rest += part
        return part

    def upto(self, mark, until):
        while mark not in self.rest:
            if not self.more(until):
                raise ConnectionError('it closed the connection')
        found, _, self.rest = self.rest.partition(mark)
        return found

    def exactly(self, length, until):
        while len(self.rest) < length:
            if not self.more(until):
                raise ConnectionError('it closed the connection')
        found, self.rest = self.rest[:length], self.rest[length:]
        return found

    def chunks(self, until):
        parts = []
        while True:
            length = int(self.upto(b'\r\n', until).split(b';')[0], 16)
            parts.append(self.exactly(length, until))
            self.upto(b'\r\n', until)
            if length == 0:
                return b''.join(parts)

    def everything(self, until):
        while len(self.rest) < 1 << 20 and self.more(until):
            pass
        found, self.rest = self.rest, b''
        return found
