import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { must } from '@bramble/process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spec, stored } from '../../test/context.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-on-node-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a few lines of Python after the named parts of the script; what they print as JSON. */
async function after(parts: readonly string[], lines: string, ...argv: string[]): Promise<unknown> {
  const texts = await Promise.all(
    parts.map((part) => readFile(new URL(`./on-node/${part}.py`, import.meta.url), 'utf8')),
  )
  const script = [...texts, 'say = lambda value: print(json.dumps(value))', lines].join('\n\n')
  return JSON.parse(await must(['python3', '-I', '-c', script, ...argv], { timeout: 30_000 }))
}

/** The class of main.py that asks a source, without the loop that ends the process. */
async function sourceClass(): Promise<string> {
  const text = await readFile(new URL('./on-node/main.py', import.meta.url), 'utf8')
  return `${text.slice(0, text.indexOf('def sources_of'))}`
}

describe('errors of the card in the kernel’s log', () => {
  const log = [
    '6,400,1200000,-;mmc0: new high speed SDXC card at address aaaa',
    '6,401,1200100,-;mmcblk0: mmc0:aaaa SN64G 59.5 GiB',
    '3,812,5140900,-;I/O error, dev mmcblk0, sector 2099200 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2',
    ' SUBSYSTEM=block',
    ' DEVICE=b179:0',
    '3,813,5140950,-;mmc0: error -110 whilst initialising SD card',
    '3,814,5140951,-;mmcblk0: error -110 sending status command, retrying',
    '2,815,5140960,-;EXT4-fs error (device mmcblk0p2): ext4_find_entry:1455: inode #2: comm bash: reading directory lblock 0',
    '3,816,5140970,-;Buffer I/O error on dev mmcblk0p2, logical block 12, lost async page write',
    // Not this card: Wi-Fi's own controller, a stick, and a program that writes into the log.
    '3,817,5140980,-;mmc1: error -110 whilst initialising SDIO card',
    '3,818,5140990,-;I/O error, dev sda, sector 8 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2',
    '30,819,5141000,-;systemd[1]: mmcblk0: error in a message of a program',
    '6,820,5141010,-;EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode',
  ]
  const count = (disk: string) =>
    after(
      ['ask', 'machine', 'board'],
      `import sys
DISK = ${disk}
card = Card()
card.log, card.errors = os.open(sys.argv[1], os.O_RDONLY), 0
card.read_log()
first = card.errors
with open(sys.argv[1], 'a') as handle:
    handle.write('3,900,6000000,-;I/O error, dev mmcblk0, sector 8 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2\\n')
card.read_log()
say([first, card.errors])`,
      path.join(folder, 'kmsg'),
    )

  it('are those of the disk that the system is on, and go on being counted', async () => {
    await writeFile(path.join(folder, 'kmsg'), `${log.join('\n')}\n`)
    expect(await count("'mmcblk0'")).toEqual([5, 6])
    await writeFile(path.join(folder, 'kmsg'), `${log.join('\n')}\n`)
    expect(await count("'sda'")).toEqual([1, 1])
  })
})

it('reads from when until when the node’s certificate is valid', async () => {
  const node = spec.nodes[0]!.name
  const pem = stored[`leaf.${node}.certificate`]!
  await writeFile(path.join(folder, 'node.crt'), pem)
  const { validFrom, validTo } = new X509Certificate(pem)
  const times = [validFrom, validTo].map(
    (time) => `${new Date(time).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`,
  )
  const lines = `import sys
say([Upkeep(dict(certificate=path)).validity() for path in (sys.argv[1], '/nowhere', '/etc/hostname')])`
  expect(await after(['ask', 'upkeep'], lines, path.join(folder, 'node.crt'))).toEqual([
    times,
    [null, null],
    [null, null],
  ])
})

describe('packages that apt would bring up to date', () => {
  it('are told with those that fix security; new ones that another brings along are not', async () => {
    const apt = [
      'Inst postgresql-17 [17.5-1] (17.6-0+deb13u1 Debian-Security:13/stable-security [arm64])',
      'Inst libc6 [2.41-12] (2.41-13 Debian:13.2/stable [arm64]) []',
      'Inst openssl [3.5.1-1] (3.5.1-1+deb13u1 Debian:13.2/stable, Debian-Security:13/stable-security [arm64])',
      'Inst linux-image-6.12 (6.12.48-1 Debian-Security:13/stable-security [arm64])',
      'Conf postgresql-17 (17.6-0+deb13u1 Debian-Security:13/stable-security [arm64])',
    ].join('\n')
    const lines = `import sys
os.listdir = lambda path: ['mirror_dists_trixie_main_binary-arm64_Packages']
call = lambda argv, seconds: sys.argv[1]
say(Upgrades().ask())`
    expect(await after(['ask', 'upkeep'], lines, apt)).toEqual({
      packages: ['postgresql-17', 'libc6', 'openssl'],
      security: ['postgresql-17', 'openssl'],
    })
  })

  it('are asked for again when packages changed, and not while they still change', async () => {
    const lines = `import sys
status = sys.argv[1]
real = os.stat
os.stat = lambda path: real(status if path == '/var/lib/dpkg/status' else path)
asked, now = [], time.time()
os.utime(status, (now - 900, now - 900))
upgrades = Upgrades()
upgrades.ask = lambda: asked.append(1)
${await sourceClass()}
source = Source('upgrades', upgrades.ask, every=6 * 3600, waits=False, mark=upgrades.mark)
def tick():
    source.begin(time.monotonic())
    while source.busy:
        time.sleep(0.01)
    return len(asked)
seen = [tick(), tick()]
os.utime(status, (now, now))
seen.append(tick())
os.utime(status, (now - 60, now - 60))
seen += [tick(), tick()]
say(seen)`
    const status = path.join(folder, 'status')
    await writeFile(status, '')
    expect(await after(['ask', 'upkeep'], lines, status)).toEqual([1, 1, 1, 2, 2])
  })
})

describe('HTTP on the node', () => {
  it('keeps a connection, takes whole and chunked answers, and opens another one when it was closed', async () => {
    const connections = new Set<unknown>()
    const server = createServer(({ url, socket, method }, answer) => {
      connections.add(socket)
      if (url === '/closing') answer.setHeader('connection', 'close')
      if (url === '/chunked') for (let at = 0; at < 3; at++) answer.write(`part ${at};`)
      answer.end(url === '/chunked' ? '' : `${method} ${url}`)
      // As a service that is restarted between two questions.
      if (url === '/dying') setImmediate(() => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const lines = `import sys
http = Http(int(sys.argv[1]))
answers = []
for path, body in [('/a', None), ('/chunked', None), ('/b', b'{}'), ('/dying', None), ('/c', None), ('/closing', None), ('/d', None)]:
    status, content = http.ask(path, body=body)
    answers.append('%d %s' % (status, content.decode()))
    time.sleep(0.05)
say(answers)`
    expect(await after(['ask', 'http'], lines, String(port))).toEqual([
      '200 GET /a',
      '200 part 0;part 1;part 2;',
      '200 POST /b',
      '200 GET /dying',
      '200 GET /c',
      '200 GET /closing',
      '200 GET /d',
    ])
    // One until it died, one until it was closed, one more.
    expect(connections.size).toBe(3)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('does not wait longer than it may for a service that accepts and says nothing, or little by little', async () => {
    const server = createServer((_, answer) => {
      answer.writeHead(200, { 'content-length': '100' })
      const drip = setInterval(() => answer.write('.'), 100)
      answer.on('close', () => clearInterval(drip))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const lines = `import sys
begun = time.monotonic()
try:
    Http(int(sys.argv[1])).ask('/', 0.5)
except Silent as silent:
    say([str(silent), time.monotonic() - begun])`
    const [words, took] = (await after(['ask', 'http'], lines, String((server.address() as AddressInfo).port))) as [
      string,
      number,
    ]
    expect(words).toBe('no answer in time')
    expect(took).toBeLessThan(2)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('the two services of HAProxy', () => {
  const info = 'Name: HAProxy\nVersion: 3.0.11\nUptime_sec: 7\n\n'
  const stat = (rows: readonly string[]) =>
    `# pxname,svname,qcur,scur,slim,status,type,mode,weight,${Array.from({ length: 26 }, (_, i) => `c${i}`)},\n${rows
      .map((row) => `${row},UP,2,tcp,1,${Array.from({ length: 26 }, () => '')},`)
      .join('\n')}\n\n`
  const asked = '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state\n'
  const web = `${info}${stat(['web,pi-2,0,1,'])}${asked}3 web 1 pi-2 192.0.2.12 2 8\n\n`
  const database = `${info}${stat(['postgres-primary,pi-3,5,34,34'])}${asked}\n`
  const both = `${info}${stat(['web,pi-2,0,1,', 'postgres-primary,pi-3,0,0,'])}${asked}\n`

  async function seen(sockets: Readonly<Record<string, string>>) {
    const at = await mkdtemp(path.join(folder, 'haproxy-'))
    const servers = Object.entries(sockets).map(([name, said]) => {
      const server = createSocket((link) => {
        link.on('error', () => undefined)
        link.once('data', () => link.end(said))
      })
      return new Promise<typeof server>((resolve) => server.listen(path.join(at, name), () => resolve(server)))
    })
    try {
      await Promise.all(servers)
      return (await after(['ask', 'haproxy'], `import sys\nsay(Haproxy(sys.argv[1]).ask())`, at)) as {
        rows: string[][]
        drained: string[]
        apps: Record<string, { up: number; down: number }>
        silent: Record<string, string>
      }
    } finally {
      for (const server of await Promise.all(servers)) server.close()
    }
  }

  it('are told as one, and one that does not answer by its name', async () => {
    const whole = await seen({ 'admin.sock': web, 'postgres.sock': database })
    expect(whole.rows.map(([backend, server]) => `${backend}/${server}`)).toEqual(['web/pi-2', 'postgres-primary/pi-3'])
    expect([whole.drained, whole.silent]).toEqual([['web/pi-2'], {}])
    const half = await seen({ 'admin.sock': web })
    expect(half.rows).toHaveLength(1)
    expect(half.silent).toEqual({ postgres: 'No such file or directory' })
    expect(Object.keys((await seen({ 'postgres.sock': database })).silent)).toEqual(['web'])
  })
  it('count the servers of apps, of which idle slots are neither up nor down', async () => {
    const row = (server: string, status: string, type = 2) =>
      `app-shop,${server},0,1,,${status},${type},http,1,${Array.from({ length: 26 }, () => '')},`
    const rows = ['pi-2-a,UP', 'pi-2-b,MAINT', 'pi-3-a,DOWN', 'pi-3-b,DRAIN', 'pi-4-a,UP 1/2'].map((text) => {
      const [server = '', status = ''] = text.split(',')
      return row(server, status)
    })
    const all = [...rows, row('BACKEND', 'UP', 1)].join('\n')
    const said = web.replace(`\n\n${asked}`, `\n${all}\n\n${asked}`)
    const { apps, rows: told } = await seen({ 'admin.sock': said })
    expect(apps).toEqual({ shop: { up: 2, down: 1 } })
    expect(told.map(([backend, server]) => `${backend}/${server}`)).toEqual(['web/pi-2', 'app-shop/BACKEND'])
  })
  it('are one on a balancer that an older Bramble made, and nothing counts twice while it moves over', async () => {
    expect((await seen({ 'admin.sock': both })).silent).toEqual({})
    const moving = await seen({ 'admin.sock': both, 'postgres.sock': database })
    expect(moving.rows.filter(([backend]) => backend === 'postgres-primary')).toHaveLength(1)
  })
})

describe('processes of apps', () => {
  it('are known by their cgroups, and use what the kernel cannot drop', async () => {
    const at = await mkdtemp(path.join(folder, 'slice-'))
    const unit = (name: string, files: Record<string, string>) =>
      mkdir(path.join(at, name)).then(() =>
        Promise.all(Object.entries(files).map(([file, text]) => writeFile(path.join(at, name, file), text))),
      )
    await unit('bramble-app-shop-a-b@web.service', {
      'memory.current': '70000000\n',
      'memory.max': '100000000\n',
      'memory.stat': 'anon 5\ninactive_file 20000000\n',
    })
    await unit('bramble-app-blog-a@web.service', {
      'memory.current': '5000\n',
      'memory.max': 'max\n',
      'memory.stat': '',
    })
    await unit('bramble-app-old-a@web.service', { 'cgroup.procs': `${process.pid}\n` })
    await unit('bramble-app-shop-command-1.service', {})
    const lines = `import sys
apps = Apps(sys.argv[1])
say([apps.row(unit, 'active', 2) for unit in sorted(apps.present())])`
    const [blog, old, shop] = (await after(['ask', 'apps'], lines, at)) as Record<string, unknown>[]
    expect(blog).toMatchObject({ app: 'blog', slot: 'a', memory: 5000, limit: null })
    expect(old).toMatchObject({ app: 'old', limit: null })
    expect(old!.memory).toBeGreaterThan(1e6)
    expect(shop).toEqual({
      ...{ app: 'shop-a', slot: 'b', process: 'web', active: 'active', restarts: 2, killed: 0 },
      ...{ memory: 50_000_000, limit: 100_000_000 },
    })
  })
})
