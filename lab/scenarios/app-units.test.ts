/** A process of an app under systemd, on a node that is in no cluster: its environment byte for byte, and its sandbox. */
import { appUnit, environmentFile, launcher, sliceUnit } from '@bramble/provision/serving'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Release } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const release = 'a'.repeat(64)

/** Tells what it sees. A path that begins with `/try` is opened for writing, else for reading. */
const program = `import base64, http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            if self.path == '/environment':
                told = {base64.b64encode(k).decode(): base64.b64encode(v).decode() for k, v in os.environb.items()}
            elif self.path.startswith('/write'):
                told = open(self.path[6:], 'w').write('x')
            else:
                told = len(open(self.path[5:], 'rb').read())
        except OSError as error:
            told = type(error).__name__
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
`

const environment: Record<string, string> = {
  LINES: 'first\nsecond\r\n\n  third ',
  QUOTES: `"double" 'single' \`back\``,
  DOLLAR: '$HOME ${PATH} $(id) $$',
  PERCENT: '%h %% %i',
  BACKSLASH: 'a\\nb \\\\ \\" \\$ end\\',
  UTF8: 'ü€🍇 \u0301',
  CONTROL: 'tab\t bell\u0007 escape\u001b[31m',
  HASH: '# not a comment ; nor this',
  SPACES: '  both ends  ',
  EMPTY: '',
  LONG: '$`"\\'.repeat(16 * 1024),
}

describe.each<[Release]>([['trixie'], ['bookworm']])('on %s', (debian) => {
  let stage: Stage

  const write = async (path: string, stdin: string, mode = '644') => {
    const transport = await stage.reach('pi-1')
    const { code } = await transport.exec(['tee', path], { as: 'root', stdin, timeout: 30_000 })
    if (code !== 0) throw new Error(`${path} cannot be written`)
    await stage.on('pi-1', 'chmod', mode, path)
  }

  beforeAll(async () => {
    stage = await openStage({ id: 88, nodes: 1, release: debian })
    const folder = '/srv/bramble/apps/blog'
    for (const user of ['app-blog', 'app-shop']) await stage.on('pi-1', 'useradd', '--system', '--no-create-home', user)
    await stage.on('pi-1', 'mkdir', '-p', `${folder}/releases/${release}`, `${folder}/environments`, `${folder}/slots`)
    await stage.on(
      'pi-1',
      'mkdir',
      '-p',
      '/srv/bramble/apps/shop/environments',
      '/usr/local/lib/bramble',
      '/etc/bramble',
    )
    await stage.on('pi-1', 'chown', 'root:app-blog', folder)
    await stage.on('pi-1', 'chmod', '750', folder)
    await write('/usr/local/lib/bramble/app-run', launcher, '755')
    await write(`${folder}/releases/${release}/server.py`, program)
    await write(`${folder}/slots/b.json`, JSON.stringify({ processes: { web: 'exec python3 server.py' } }))
    await write(`${folder}/environments/${release}`, environmentFile(environment), '600')
    await write(`/srv/bramble/apps/shop/environments/${release}`, 'SECRET="x"\n', '600')
    await write('/etc/bramble/node.key', 'a key', '644')
    await write('/etc/systemd/system/bramble-apps.slice', sliceUnit(1024))
    await write(
      '/etc/systemd/system/bramble-app-blog-b@.service',
      appUnit({ app: { name: 'blog' }, slot: 'b', release, environment: release, port: 20_001, memory: 128 }),
    )
    await stage.on('pi-1', 'systemctl', 'daemon-reload')
    await stage.on('pi-1', 'systemctl', 'start', 'bramble-app-blog-b@web.service')
  }, 10 * minute)
  afterAll(() => stage?.close(), 2 * minute)

  const ask = async <T>(path: string): Promise<T> => {
    const script = `import sys, urllib.request; sys.stdout.write(urllib.request.urlopen('http://127.0.0.1:20001' + sys.argv[1]).read().decode())`
    return JSON.parse(await eventually(30, () => stage.on('pi-1', 'python3', '-c', script, path))) as T
  }

  it('a process gets every value byte for byte, and nobody else sees them', async () => {
    const told = Object.entries(await ask<Record<string, string>>('/environment')).map(([name, value]) => [
      Buffer.from(name, 'base64').toString(),
      Buffer.from(value, 'base64').toString(),
    ])
    expect(Object.fromEntries(told)).toMatchObject({ ...environment, PORT: '20001', HOME: '/var/lib/bramble-app-blog' })
    for (const shown of [
      await stage.on('pi-1', 'systemctl', 'show', 'bramble-app-blog-b@web.service'),
      await stage.on('pi-1', 'journalctl', '--no-pager'),
      await stage.on('pi-1', 'sh', '-c', 'cat /proc/[0-9]*/cmdline'),
    ])
      for (const value of ['not a comment', 'both ends', '$(id)']) expect(shown).not.toContain(value)
  })

  it('it reads no key, no environment of an app, and writes nothing but its own folder', async () => {
    expect(await ask(`/read/srv/bramble/apps/blog/releases/${release}/server.py`)).toBe(program.length)
    for (const path of [
      '/etc/shadow',
      '/etc/bramble/node.key',
      `/srv/bramble/apps/shop/environments/${release}`,
      `/srv/bramble/apps/blog/environments/${release}`,
    ])
      expect([path, await ask(`/read${path}`)]).toEqual([
        path,
        expect.stringMatching(/^(PermissionError|FileNotFoundError)$/),
      ])
    for (const path of [
      `/srv/bramble/apps/blog/releases/${release}/x`,
      '/etc/x',
      '/usr/x',
      '/home/x',
      '/srv/bramble/x',
    ])
      expect([path, await ask(`/write${path}`)]).toEqual([path, expect.stringMatching(/Error$/)])
    for (const path of ['/var/lib/bramble-app-blog/x', '/tmp/x']) expect(await ask(`/write${path}`)).toBe(1)
    await expect(stage.on('pi-1', 'ls', '/tmp/x')).rejects.toThrow('No such file')
  })
})
