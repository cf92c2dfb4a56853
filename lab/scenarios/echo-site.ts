/** A site of its own on the web nodes that shows what reaches it: headers, upgraded connections, requests it drops. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Stage } from './stage.ts'

const script = `import base64, hashlib, json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

dropped = []

class Echo(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        if self.path == '/tunnel':
            self.send_response(101)
            self.send_header('Connection', 'Upgrade')
            self.send_header('Upgrade', 'websocket')
            key = self.headers['Sec-WebSocket-Key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
            self.send_header('Sec-WebSocket-Accept', base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
            self.end_headers()
            self.wfile.flush()
            self.close_connection = True
            for data in iter(lambda: self.connection.recv(4096), b''):
                self.connection.sendall(data)
        elif self.path == '/silent':
            threading.Event().wait(600)
        elif self.path == '/drop':
            dropped.append(self.command)
            self.close_connection = True
        else:
            told = {'/headers': self.headers.items(), '/dropped': dropped}.get(self.path)
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.do_GET()

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = True

Server(('0.0.0.0', 8000), Echo).serve_forever()
`

/** Takes the place of Bramble's own site on these nodes; HAProxy is not told. */
export async function startEcho(stage: Stage, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) {
    const transport = await stage.reach(node)
    const { code } = await transport.exec(['tee', '/run/echo.py'], { as: 'root', stdin: script, timeout: 30_000 })
    if (code !== 0) throw new Error(`${node}: the site cannot be written`)
    await stage.on(node, 'systemctl', 'stop', 'bramble-site.service')
    await stage.on(node, 'systemd-run', '--collect', '--unit=echo.service', 'python3', '-I', '/run/echo.py')
  }
}

export async function stopEcho(stage: Stage, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) {
    await stage.on(node, 'systemctl', 'stop', 'echo.service')
    await stage.on(node, 'systemctl', 'start', 'bramble-site.service')
  }
}

/** How often this node got a request that it dropped, by method. */
export async function droppedBy(stage: Stage, node: string): Promise<string[]> {
  const ask = `import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8000/dropped').read().decode())`
  return JSON.parse(await stage.on(node, 'python3', '-c', ask)) as string[]
}

/** Status of a request on a connection of its own: on a kept one, HAProxy may end it and let the client ask again. */
export const statusOf = (url: string, method: 'GET' | 'POST') =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, { method, agent: false }, (answer) => resolve(answer.resume().statusCode))
    asked.on('error', reject)
    asked.end(method === 'POST' ? 'order' : undefined)
  })

export interface Tunnel {
  /** Sends text and waits for as many bytes; rejects when the connection ends first. */
  echo(text: string): Promise<string>
  close(): void
}

/** Opens an upgraded connection through the virtual IP, as a WebSocket does. */
export async function openTunnel(site: string): Promise<Tunnel> {
  const { hostname, port } = new URL(site)
  const link = connect(Number(port), hostname)
  link.on('error', () => undefined)
  const head = ['GET /tunnel HTTP/1.1', 'Host: app.example', 'Connection: Upgrade', 'Upgrade: websocket']
  const key = Buffer.from('sixteen bytes 16').toString('base64')
  link.write([...head, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`, '', ''].join('\r\n'))
  const answer = await read(link, (text) => text.includes('\r\n\r\n'))
  if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`The connection was not upgraded: ${answer}`)
  return {
    echo: async (text) => {
      link.write(text)
      return read(link, (answer) => answer.length >= text.length)
    },
    close: () => link.destroy(),
  }
}

/** Text of a connection until it is enough. */
async function read(link: Socket, enough: (text: string) => boolean): Promise<string> {
  let text = ''
  for await (const part of link.iterator({ destroyOnReturn: false })) {
    text += String(part)
    if (enough(text)) return text
  }
  throw new Error(`The connection ended after ${JSON.stringify(text)}`)
}
