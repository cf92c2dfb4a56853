/** An app for what goes wrong: how it starts is in its file `mode`, what it does then in the path of a request. */
const server = `import http.server, os, socket, subprocess, sys, threading, time
marker, mode = open('marker').read().strip(), open('mode').read().strip()
if mode == 'slow':
    time.sleep(60)
hoard = []
def leak():
    while True:
        hoard.append(bytearray(os.urandom(1024) * 1024))
def fill(folder):
    number = 0
    while True:
        try:
            with open('%s/fill-%d' % (folder, number), 'wb') as handle:
                for _ in range(32):
                    handle.write(bytes(1024 * 1024))
                handle.flush()
                os.fsync(handle.fileno())
            number += 1
        except OSError as error:
            print('cannot write: %s' % error, flush=True)
            time.sleep(1)
bomb = '''import os, time
end = time.monotonic() + 15
while time.monotonic() < end:
    try:
        os.fork()
    except OSError:
        pass
    time.sleep(0.05)
'''
def begin(work, *words):
    threading.Thread(target=work, args=words, daemon=True).start()
    return 'begun'
def reach(host, port):
    try:
        socket.create_connection((host, int(port)), 3).close()
        return 'connected'
    except OSError as error:
        return type(error).__name__
def read(path):
    try:
        return str(len(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read()))
    except OSError as error:
        return type(error).__name__
def space(folder):
    held = os.statvfs(folder)
    return str(held.f_blocks * held.f_frsize // 1000000)
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        words = self.path.split('/')
        if words[1] == 'tunnel':
            return self.tunnel()
        if words[1] == 'download':
            return self.download(int(words[2]))
        status, body = 200, marker
        if mode == 'strict' and self.headers['Host'] != 'hard.example':
            status, body = 400, 'DisallowedHost'
        if words[1] == 'leak':
            body = begin(leak)
        if words[1] == 'fill':
            body = begin(fill, os.environ['HOME'])
        if words[1] == 'bomb':
            body = begin(lambda: subprocess.run([sys.executable, '-c', bomb]))
        if words[1] == 'reach':
            body = reach(words[2], words[3])
        if words[1] == 'read':
            body = read('/' + '/'.join(words[2:]))
        if words[1] == 'space':
            body = space('/' + '/'.join(words[2:]))
        body = body.encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('X-Node', socket.gethostname())
        self.end_headers()
        self.wfile.write(body)
    def download(self, seconds):
        self.send_response(200)
        self.send_header('Content-Length', str(seconds * 10000))
        self.end_headers()
        for _ in range(seconds * 10):
            self.wfile.write(b'x' * 1000)
            time.sleep(0.1)
    def tunnel(self):
        self.send_response(101)
        self.send_header('Upgrade', 'echo')
        self.send_header('Connection', 'Upgrade')
        self.end_headers()
        for line in self.rfile:
            self.wfile.write(marker.encode() + b' ' + line)
        self.close_connection = True
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
Server(('127.0.0.1' if mode == 'local' else '0.0.0.0', int(os.environ['PORT'])), App).serve_forever()
`

export type Misbehavior = 'works' | 'slow' | 'strict' | 'local'

export const misbehavingApp = (marker: string, mode: Misbehavior = 'works', release?: string) => ({
  ...{ 'server.py': server, marker, mode },
  'bramble.yaml': `health: { timeout: ${mode === 'slow' ? 90 : 30} }\n`,
  Procfile: `web: exec python3 server.py\n${release ? `release: ${release}\n` : ''}`,
})
