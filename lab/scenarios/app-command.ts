/** `./bramble app …` as a process of its own on the lab of a stage, and small apps to deploy with it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from '@bramble/process'
import { layoutOf } from '../src/host/layout.ts'
import { clusterYaml, status } from '../src/index.ts'
import type { Stage } from './stage.ts'

export interface CommandEnd {
  /** Null: a signal ended it. */
  code: number | null
  stdout: string
  stderr: string
  seconds: number
}

export interface RunningCommand {
  readonly child: ReturnType<typeof start>
  readonly ended: Promise<CommandEnd>
  said(): string
}

export interface AppCommands {
  readonly file: string
  /** What belongs to the cluster on this machine. */
  readonly kept: string
  start(...words: string[]): RunningCommand
  run(...words: string[]): Promise<CommandEnd>
  /** Trouble unless it ends with 0. */
  must(...words: string[]): Promise<CommandEnd>
  /** A folder with an app; it is removed with the rest. */
  app(files: Record<string, string>): string
  close(): void
}

export async function appCommands(stage: Stage, more = ''): Promise<AppCommands> {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-apps-'))
  const file = join(folder, 'cluster.yaml')
  writeFileSync(file, `${clusterYaml(await status({ id: stage.id }))}${more}`)
  const kept = join(folder, 'clusters', stage.spec.name)
  mkdirSync(kept, { recursive: true })
  writeFileSync(join(kept, 'secrets.json'), JSON.stringify(stage.stored), { mode: 0o600 })
  const layout = layoutOf(stage.id)
  const env = { ...process.env, BRAMBLE_TEST_NETWORK: layout.subnet, BRAMBLE_TEST_GATEWAY: layout.gateway }
  const loaded = [import.meta.resolve('tsx'), import.meta.resolve('./led.ts')].flatMap((url) => ['--import', url])
  const main = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))
  let made = 0

  const startIt = (...words: string[]): RunningCommand => {
    const began = Date.now()
    const argv = [process.execPath, ...loaded, main, 'app', ...words, '--cluster', file, '--data', folder]
    const child = start(argv, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', (part) => {
      stdout += String(part)
    })
    child.stderr?.on('data', (part) => {
      stderr += String(part)
    })
    const ended = new Promise<CommandEnd>((resolve) =>
      child.once('close', (code) => resolve({ code, stdout, stderr, seconds: (Date.now() - began) / 1000 })),
    )
    return { child, ended, said: () => stdout + stderr }
  }
  const run = (...words: string[]) => startIt(...words).ended
  return {
    ...{ file, kept, start: startIt, run },
    async must(...words) {
      const end = await run(...words)
      if (end.code !== 0) throw new Error(`app ${words.join(' ')} ended with ${end.code}: ${end.stdout}${end.stderr}`)
      return end
    },
    app(files) {
      const app = join(folder, `app-${made++}`)
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(app, name, '..'), { recursive: true })
        writeFileSync(join(app, name), text)
        if (text.startsWith('#!')) chmodSync(join(app, name), 0o755)
      }
      return app
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Answers with its marker. `mode`: how it misbehaves. `/environment`: what it got, in base64. `/rows`: of its database. */
const server = `import base64, http.server, json, os, signal, socket, subprocess, sys
marker, mode = open('marker').read().strip(), open('mode').read().strip()
if mode == 'exits':
    sys.exit('the configuration of ' + marker + ' is missing')
if mode == 'stubborn':
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        status, body = 200, marker
        if mode == 'unhealthy':
            status, body = 500, marker + ' does not work'
        if self.path == '/environment':
            told = {base64.b64encode(k).decode(): base64.b64encode(v).decode() for k, v in os.environb.items()}
            body = json.dumps(told)
        if self.path.startswith('/sql/'):
            url = os.environ['DATABASE_URL'].replace('/app_notes?', '/' + self.path.split('/')[2] + '?')
            done = subprocess.run(['psql', url, '-XAtqw', '-c', self.path.split('/', 3)[3].replace('+', ' ')],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            body = done.stdout.decode()
        body = body.encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('X-Node', socket.gethostname())
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
print('listens for ' + marker, flush=True)
Server(('0.0.0.0', int(os.environ['PORT']) + (100 if mode == 'wrong-port' else 0)), App).serve_forever()
`

export const smallApp = (marker: string, mode = 'works', more: Record<string, string> = {}) => ({
  ...{ 'server.py': server, marker, mode, Procfile: 'web: exec python3 server.py\n' },
  ...more,
})
