import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHostKey } from '../customise/host-key.ts'
import { Arrival, arrivalText, verifyArrival } from './arrival.ts'
import { verifySignature } from './signature.ts'

let folder: string
let line: string
const said = {
  card: '0b9d9a52-3c0d-4f7b-9d0b-3b8f6d2f8a11',
  stage: 'booting' as const,
  address: '192.168.1.21',
  bootId: '7a2f2a0e-0d1c-4f7b-8d0b-3b8f6d2f8a99',
}

/** By the real ssh-keygen, with a key of its own or one that the product made. */
async function sign(text: string, options: { key?: string; namespace?: string; hash?: string } = {}): Promise<string> {
  const hash = options.hash ? ['-O', `hashalg=${options.hash}`] : []
  const key = join(folder, options.key ?? 'key')
  const argv = ['ssh-keygen', '-Y', 'sign', '-q', '-n', options.namespace ?? 'bramble-arrival', ...hash, '-f', key]
  return `${await must(argv, { stdin: text })}\n`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-arrival-'))
  const made = makeHostKey('pi-1')
  line = made.publicLine
  await writeFile(join(folder, 'key'), made.privateKey.reveal(), { mode: 0o600 })
  await writeFile(join(folder, 'other'), makeHostKey('pi-2').privateKey.reveal(), { mode: 0o600 })
  await must(['ssh-keygen', '-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', join(folder, 'rsa')])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('verifyArrival', () => {
  it('takes what the key of the card signed, with either hash', async () => {
    for (const hash of ['sha512', 'sha256']) {
      const signature = await sign(arrivalText(said), { hash })
      expect(verifyArrival(Arrival.parse({ ...said, signature }), line)).toBe(true)
      expect(verifyArrival({ ...said, signature: signature.replaceAll('\n', '\r\n') }, line)).toBe(true)
    }
  })

  it('refuses when any field is another than was signed', async () => {
    const arrival = { ...said, signature: await sign(arrivalText(said)) }
    const changes: Partial<Arrival>[] = [
      { card: '0b9d9a52-3c0d-4f7b-9d0b-3b8f6d2f8a12' },
      { stage: 'online' },
      { address: '192.168.1.22' },
      { bootId: '7a2f2a0e-0d1c-4f7b-8d0b-3b8f6d2f8a98' },
    ]
    for (const change of changes) expect(verifyArrival({ ...arrival, ...change }, line)).toBe(false)
  })

  it('refuses the signature of another key, another namespace and another kind of key', async () => {
    const text = arrivalText(said)
    for (const signature of [
      await sign(text, { key: 'other' }),
      await sign(text, { namespace: 'file' }),
      await sign(text, { key: 'rsa' }),
    ])
      expect(verifyArrival({ ...said, signature }, line)).toBe(false)
    const rsa = readFileSync(join(folder, 'rsa.pub'), 'utf8')
    expect(verifyArrival({ ...said, signature: await sign(text, { key: 'rsa' }) }, rsa)).toBe(false)
  })

  it('refuses a signature with any bit of it changed, cut or longer', async () => {
    const armor = await sign(arrivalText(said))
    const [head = '', ...rest] = armor.trim().split('\n')
    const body = Buffer.from(rest.slice(0, -1).join(''), 'base64')
    const wrap = (bytes: Buffer) => `${head}\n${bytes.toString('base64')}\n${rest.at(-1)}\n`
    const right = { publicLine: line, namespace: 'bramble-arrival', text: arrivalText(said) }
    expect(verifySignature({ ...right, armor: wrap(body) })).toBe(true)
    for (let at = 0; at < body.length; at++) {
      const broken = Buffer.from(body)
      broken[at] = (broken[at] ?? 0) ^ 1
      expect(verifySignature({ ...right, armor: wrap(broken) }), `byte ${at}`).toBe(false)
      expect(verifySignature({ ...right, armor: wrap(body.subarray(0, at)) }), `cut at ${at}`).toBe(false)
    }
    expect(verifySignature({ ...right, armor: wrap(Buffer.concat([body, Buffer.alloc(1)])) })).toBe(false)
    for (const armor of ['', 'x', '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----'])
      expect(verifySignature({ ...right, armor })).toBe(false)
    for (const publicLine of ['', 'ssh-ed25519', 'ssh-ed25519 AAAA', `${line.slice(0, 40)}`])
      expect(verifySignature({ ...right, publicLine, armor })).toBe(false)
  })
})

describe('Arrival', () => {
  it('holds only what a Pi can say', () => {
    const signature = 'x'
    expect(Arrival.safeParse({ ...said, signature }).success).toBe(true)
    for (const wrong of [
      { card: 'x' },
      { stage: 'done' },
      { address: '127.0.0.1' },
      { address: '1.2.3.4\n' },
      { bootId: '' },
      { signature: 'x'.repeat(2001) },
      { more: 1 },
    ])
      expect(Arrival.safeParse({ ...said, signature, ...wrong }).success, JSON.stringify(wrong)).toBe(false)
  })
})

/** The Pi's own script, with its constant paths bent to the test's folder. */
const driver = `
import importlib.util, json, sys
settings = json.load(sys.stdin)
spec = importlib.util.spec_from_file_location("call_home", settings.pop("script"))
call_home = importlib.util.module_from_spec(spec)
spec.loader.exec_module(call_home)
for name, value in settings.items():
    setattr(call_home, name, value)
call_home.ssh_answers = lambda port: port == 2222
real_open = open
call_home.open = lambda path, *rest, **more: real_open(settings["LOCK"] if path.startswith("/run/") else path, *rest, **more)
call_home.main()
`

describe.skipIf(process.platform !== 'linux')('call-home.py', () => {
  it('says booting, then online when the first boot is over; asks again until somebody takes it', async () => {
    const heard: Arrival[] = []
    const refused: string[] = []
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).map(String).join('')
      const arrival = JSON.parse(body) as Arrival
      // The first call is lost, as when the worker starts anew.
      if (refused.length === 0) {
        refused.push(arrival.stage)
        return response.writeHead(503).end()
      }
      heard.push(arrival)
      if (arrival.stage === 'booting') await writeFile(join(folder, 'ready'), '')
      response.writeHead(request.url === '/pi/arrivals' ? 204 : 404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await writeFile(
      join(folder, 'card.json'),
      JSON.stringify({ card: said.card, port: 2222, urls: ['http://127.0.0.1:1', `http://127.0.0.1:${port}/pi/`] }),
    )
    const settings = {
      script: new URL('../customise/call-home.py', import.meta.url).pathname,
      CARD: join(folder, 'card.json'),
      KEY: join(folder, 'key'),
      READY: join(folder, 'ready'),
      ARRIVED: join(folder, 'arrived'),
      LOCK: join(folder, 'lock'),
      PAUSE: 0.05,
    }
    const call = () => must(['python3', '-c', driver], { stdin: JSON.stringify(settings), timeout: 20_000 })
    try {
      await call()
      expect(refused).toEqual(['booting'])
      expect(heard.map(({ stage }) => stage)).toEqual(['booting', 'online'])
      for (const arrival of heard) {
        expect(arrival).toMatchObject({ card: said.card, address: '127.0.0.1' })
        expect(arrival.bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
        expect(verifyArrival(arrival, line)).toBe(true)
      }
      await call()
      expect(heard.map(({ stage }) => stage)).toEqual(['booting', 'online', 'online'])
      // A first boot that was over before the call: both are said all the same.
      await rm(join(folder, 'arrived'))
      await call()
      expect(heard.slice(3).map(({ stage }) => stage)).toEqual(['booting', 'online'])
    } finally {
      server.close()
    }
  })

  it('is Python that 3.9 understands', async () => {
    const check = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 9))'
    for (const name of ['call-home.py', 'first-boot.py'])
      await must(['python3', '-c', check], {
        stdin: readFileSync(new URL(`../customise/${name}`, import.meta.url), 'utf8'),
      })
  })
})
