/** A small app that says how a request came. */
import type { ServingRecord } from '@bramble/provision/serving'
import { deploy, putEnvironment, putRelease } from './app-records.ts'
import type { Stage } from './stage.ts'

const server = `import http.server, os
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = (self.headers['X-Forwarded-Proto'] or 'none').encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
Server(('0.0.0.0', int(os.environ['PORT'])), App).serve_forever()
`

/** Deploys it as `blog` on all nodes. */
export async function deployHttpsApp(stage: Stage, domains: string[]): Promise<void> {
  const nodes = stage.spec.nodes.map(({ name }) => name)
  const balancers = stage.spec.nodes.filter(({ roles }) => roles.includes('balancer')).map(({ name }) => name)
  const record: ServingRecord = {
    ...{ app: 'blog', generation: 1, slot: 'a', kind: 'python', port: 20_000, folder: null, memory: null, cron: [] },
    release: await putRelease(stage, nodes, 'blog', { 'server.py': server }),
    environment: await putEnvironment(stage, nodes, 'blog', {}),
    processes: { web: 'exec python3 server.py' },
    ...{ health: { path: '/', timeout: 30 }, domains, nodes },
  }
  await deploy(stage, record, balancers)
}
