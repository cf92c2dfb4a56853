/** The part of the build program that is for images, on this machine: what it makes of a configuration and of a file system. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildTrouble } from './outcome.ts'

const source = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const program = `${source('./files.py')}\n${source('./image.py')}\nimport sys\n`
const python = (code: string, ...words: unknown[]) =>
  must(['python3', '-I', '-c', program + code, ...words.map((word) => JSON.stringify(word))])
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-image-build-'))
  mkdirSync(join(folder, 'app/bundle/rootfs/etc'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const job = (change: object = {}, image: object = {}) => ({
  ...{ architecture: 'arm64', seconds: 60, keepFreeMB: 0, resultMB: 1, ...change },
  image: { from: 'docker-archive', reference: 'shop:1', hasCommand: false, port: null, ...image },
})
const found = (config: object, asked = job()) => {
  writeFileSync(join(folder, 'app/config.raw'), JSON.stringify({ architecture: 'arm64', ...config }))
  const code = `try:
    print(json.dumps(image_of(json.loads(sys.argv[1]), json.loads(sys.argv[2]))))
except Ended as end:
    print(json.dumps(end.result + ': ' + str(end)))`
  return python(code, folder, asked).then((text) => JSON.parse(text) as unknown)
}

describe('the configuration of an image', () => {
  it('says how it is started, on which port it listens, and by which signal it stops', async () => {
    const config = {
      ...{
        Entrypoint: ['/entry'],
        Cmd: ['serve', '-v'],
        Env: ['A=b=c'],
        WorkingDir: '/srv',
        User: 'www',
        StopSignal: '3',
      },
      ...{ ExposedPorts: { '443/tcp': {}, '80/tcp': {}, '53/udp': {} }, Volumes: { '/data': {} } },
    }
    expect(await found({ config })).toMatchObject({
      ...{ entrypoint: ['/entry'], command: ['serve', '-v'], environment: ['A=b=c'], folder: '/srv', user: 'www' },
      ...{ signal: 'SIGQUIT', exposed: [80, 443], port: 80, volumes: ['/data'], id: expect.stringMatching(/^sha256:/) },
    })
    expect(await found({ config: { Cmd: ['x'], ExposedPorts: { '9000/tcp': {} } } })).toMatchObject({ port: 9000 })
    expect(await found({ config: { Cmd: ['x'] } })).toMatchObject({
      port: 8080,
      signal: 'SIGTERM',
      folder: '/',
      user: '',
    })
    expect(await found({ config: { Cmd: ['x'] } }, job({}, { port: 3000 }))).toMatchObject({ port: 3000 })
  })

  it('is refused when it is for another machine, starts nothing, or is damaged', async () => {
    expect(await found({ architecture: 'amd64', config: { Cmd: ['x'] } })).toMatch(
      /^image-architecture: .*"amd64".*"arm64"/,
    )
    expect(await found({ config: null })).toMatch(/^image-command: /)
    expect(await found({ config: null }, job({}, { hasCommand: true }))).toMatchObject({ command: [] })
    writeFileSync(join(folder, 'app/config.raw'), '[')
    expect(
      await python(
        `try:\n    image_of(json.loads(sys.argv[1]), {})\nexcept Ended as end:\n    print(end.result)`,
        folder,
      ),
    ).toBe('image')
  })
})

it.skipIf(userInfo().uid !== 0)(
  'its file system is packed with its owners, the same at any time, without devices',
  async () => {
    const root = join(folder, 'app/bundle/rootfs')
    writeFileSync(join(root, 'etc/b'), 'b')
    writeFileSync(join(root, 'etc/A'), 'a')
    symlinkSync('/etc/b', join(root, 'etc/link'))
    await must(['mknod', join(root, 'null'), 'c', '1', '3'])
    await must(['chown', '33:44', join(root, 'etc/b')])
    utimesSync(join(root, 'etc/b'), 1000, 1000)
    utimesSync(join(root, 'etc/A'), 1000, 1000)
    writeFileSync(join(folder, 'app/config.raw'), JSON.stringify({ architecture: 'arm64', config: { Cmd: ['x'] } }))
    await must(['cp', '-a', folder, `${folder}-again`])
    const packed = async (at: string) => {
      await python('pack_image(json.loads(sys.argv[1]), json.loads(sys.argv[2]))', at, job())
      return readFileSync(join(at, 'app/rootfs.tar.gz'))
    }
    try {
      const first = await packed(folder)
      utimesSync(join(`${folder}-again`, 'app/bundle/rootfs/etc'), 5000, 5000)
      expect((await packed(`${folder}-again`)).equals(first)).toBe(true)
      const listed = await must(['tar', '--numeric-owner', '-tvzf', join(folder, 'app/rootfs.tar.gz')])
      expect(listed).toMatch(/33\/44 .*\.\/etc\/b$/m)
      expect(listed).toContain('./etc/link -> /etc/b')
      expect(listed).not.toContain('null')
    } finally {
      rmSync(`${folder}-again`, { recursive: true, force: true })
    }
  },
)

it('skopeo is given names as words, credentials as files, and the digest that was looked up', async () => {
  const commands = async (image: object, architecture = 'armhf') =>
    JSON.parse(
      await python('print(json.dumps(fetch_commands(json.loads(sys.argv[1]))))', job({ architecture }, image)),
    ) as string[]
  const pulled = await commands({ from: 'registry', reference: 'r.example:5000/team/shop:1', 'auth.json': true })
  expect(pulled[0]).toContain(
    '--override-arch arm --override-variant v7 inspect --raw --authfile /tmp/auth.json docker://r.example:5000/team/shop:1 >',
  )
  expect(pulled.at(-1)).toContain('"docker://r.example:5000/team/shop@sha256:$(sha256sum < manifest.raw')
  const archive = await commands({ from: 'oci-archive' }, 'amd64')
  expect(archive.join('\n')).toContain('copy oci-archive:source.tar oci:layout:image')
})

it.each([
  ['reading manifest 9 in r.example/shop: manifest unknown', /name and the tag/],
  ['unauthorized: authentication required', /user and a password/],
  ['tls: failed to verify certificate: x509: certificate signed by unknown authority', /own authority/],
  ['no image found in manifest list for architecture arm64, variant "v8", OS linux', /architecture of the nodes/],
  ['http: server gave HTTP response to HTTPS client', /serve HTTPS/],
  ['dial tcp: lookup nowhere: no such host', /can reach it/],
  ['something new', /The log has all lines/],
])('"%s" comes with what to do', (line, cure) => {
  const trouble = buildTrouble({ result: 'failed', words: 'A build command failed.' }, [line], 'image')
  expect([trouble.code, trouble.cure]).toEqual(['build-failed', expect.stringMatching(cure)])
})
