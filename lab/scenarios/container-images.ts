/** Container images for tests, of busybox and a few scripts, in all the forms that people have them; and a registry on the lab's network. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { must, run, start } from '@bramble/process'
import { serverCertificate } from '@bramble/provision/test/certificates'
import { layoutOf } from '../src/host/layout.ts'
import { inNamespace } from '../src/network/network.ts'
import { eventually } from './stage.ts'

const programs = [
  'sh',
  'ls',
  'cat',
  'id',
  'httpd',
  'sleep',
  'ps',
  'base64',
  'nc',
  'tail',
  'touch',
  'kill',
  'mount',
  'wc',
  'chown',
]

/** Starts as root, as public images do, serves as another user, and does not read PORT. */
const startScript = `#!/bin/sh
base64 /proc/self/environ >/www/environment
mkdir -p /var/cache/work && chown 33:33 /var/cache/work
echo "listening as $(id -u) for $(cat /www/index.html)" >/dev/stdout
trap 'echo "stopped by SIGQUIT"; exit 0' QUIT
httpd -f -p 80 -h /www -u 33:33 &
while :; do wait $!; done
`
/** Answers what the query asks the container to do. */
const tryScript = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
what=\${QUERY_STRING%%/*}
rest=\${QUERY_STRING#*/}
case $what in
  reach) nc -w 3 \${rest%/*} \${rest#*/} </dev/null >/dev/null 2>&1 && echo connected || echo refused ;;
  read) cat /$rest 2>&1 ;;
  write) touch /$rest 2>&1 && echo written ;;
  mount) mount -t tmpfs none /tmp 2>&1 && echo mounted ;;
  id) id; ps; cat /proc/self/uid_map /proc/self/status ;;
  eat) tail /dev/zero ;;
esac
`

const files = (marker: string): Record<string, string> => ({
  'www/index.html': marker,
  'www/cgi-bin/try!': tryScript,
  'start!': startScript,
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www:/www:/bin/sh\n',
  'etc/group': 'root:x:0:\nwww-data:x:33:\n',
})

export interface TestImage {
  /** OCI layout, for `skopeo copy`. */
  layout: string
  dockerArchive: string
  ociArchive: string
}

export interface ImageWorkshop {
  folder: string
  /** `config`: further options of `umoci config`. */
  image(name: string, marker: string, config?: readonly string[], more?: Record<string, string>): Promise<TestImage>
  close(): void
}

const entry = ['--config.entrypoint', '/start', '--config.exposedports', '80/tcp', '--config.stopsignal', 'SIGQUIT']

export function openWorkshop(): ImageWorkshop {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-images-'))
  return {
    folder,
    async image(name, marker, config = entry, more = {}) {
      const root = join(folder, `${name}-root`)
      for (const path of ['bin', 'tmp', 'root', 'var', 'proc', 'sys', 'dev'])
        mkdirSync(join(root, path), { recursive: true })
      cpSync('/bin/busybox', join(root, 'bin/busybox'))
      for (const program of [...programs, 'mkdir', 'printf', 'echo']) symlinkSync('busybox', join(root, 'bin', program))
      for (const [path, text] of Object.entries({ ...files(marker), ...more })) {
        const file = join(root, path.replace('!', ''))
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text)
        if (path.endsWith('!')) chmodSync(file, 0o755)
      }
      const layout = `${join(folder, name)}:1`
      await must(['umoci', 'init', '--layout', join(folder, name)])
      await must(['umoci', 'new', '--image', layout])
      await must(['umoci', 'insert', '--image', layout, root, '/'])
      const env = ['--config.env', 'FROM_IMAGE=yes', '--config.env', 'GREETING=image']
      await must(['umoci', 'config', '--image', layout, ...env, ...config])
      const made = { layout: `oci:${layout}`, dockerArchive: `${root}.docker.tar`, ociArchive: `${root}.oci.tar` }
      await copy(made.layout, `docker-archive:${made.dockerArchive}:shop:1`)
      await copy(made.layout, `oci-archive:${made.ociArchive}:1`)
      return made
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const copy = (...words: string[]) =>
  must(['skopeo', '--insecure-policy', 'copy', '--quiet', ...words], { timeout: 60_000 })

export interface ContainerRegistry {
  /** HOST:PORT. */
  host: string
  user: string
  /** File with the password, and the password. */
  passwordFile: string
  password: string
  /** PEM file of the authority of its certificate. */
  authority: string
  push(image: TestImage, name: string): Promise<void>
  stop(): void
}

/** Debian's registry with HTTPS and a password, on the bridge of a lab: outside of the cluster. */
export async function startRegistry(id: number, folder: string): Promise<ContainerRegistry> {
  const layout = layoutOf(id)
  const host = `${layout.bridgeAddress}:5000`
  const [user, password] = ['puller', `s3cret-${'p'.repeat(20)}`]
  const at = (name: string) => join(folder, name)
  const { authority, certificate, key } = await serverCertificate({ ip: [layout.bridgeAddress] })
  writeFileSync(at('ca.crt'), authority)
  writeFileSync(at('registry.crt'), certificate)
  writeFileSync(at('registry.key'), key)
  writeFileSync(at('password'), `${password}\n`)
  const hashed = await run(['htpasswd', '-niB', user], { stdin: password })
  writeFileSync(at('htpasswd'), hashed.stdout)
  writeFileSync(
    at('registry.yml'),
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: at('registry') } },
      auth: { htpasswd: { realm: 'lab', path: at('htpasswd') } },
      http: { addr: host, tls: { certificate: at('registry.crt'), key: at('registry.key') } },
    }),
  )
  const child = start(inNamespace(layout, ['docker-registry', 'serve', at('registry.yml')]), { stdio: 'ignore' })
  mkdirSync(at('pusher'))
  cpSync(at('ca.crt'), at('pusher/ca.crt'))
  const auth = Buffer.from(`${user}:${password}`).toString('base64')
  writeFileSync(at('auth.json'), JSON.stringify({ auths: { [host]: { auth } } }))
  const own: ContainerRegistry = {
    ...{ host, user, password, passwordFile: at('password'), authority: at('ca.crt') },
    async push({ layout: from }, name) {
      const access = ['--dest-authfile', at('auth.json'), '--dest-cert-dir', at('pusher')]
      const argv = ['skopeo', '--insecure-policy', 'copy', '--quiet', ...access, from, `docker://${host}/${name}`]
      await eventually(30, () => must(inNamespace(layout, argv), { timeout: 60_000 }))
    },
    stop: () => void child.kill(),
  }
  return own
}
