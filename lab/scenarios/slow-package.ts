/** A Debian package on a node whose upgrade takes as long as the test wants. */
import { eventually, type Stage } from './stage.ts'

const script = `
import hashlib, os, subprocess, sys
version, repo = sys.argv[1], '/opt/slow-repo'
tree = '/tmp/slow-' + version
os.makedirs(tree + '/DEBIAN', exist_ok=True)
os.makedirs(repo, exist_ok=True)
control = 'Package: slow\\nVersion: %s\\nArchitecture: all\\nMaintainer: Ada <ada@example.org>\\nDescription: takes its time\\n' % version
with open(tree + '/DEBIAN/control', 'w') as handle: handle.write(control)
with open(tree + '/DEBIAN/postinst', 'w') as handle: handle.write('''#!/bin/sh
[ "$1" = configure ] || exit 0
[ -e /run/slow-hold ] || exit 0
echo "slow %s: begun"
touch /run/slow-begun
while [ -e /run/slow-hold ]; do sleep 0.1; done
echo "slow %s: done"
''' % (version, version))
os.chmod(tree + '/DEBIAN/postinst', 0o755)
deb = '%s/slow_%s_all.deb' % (repo, version)
subprocess.run(['dpkg-deb', '--root-owner-group', '-b', tree, deb], check=True, stdout=subprocess.DEVNULL)
data = open(deb, 'rb').read()
with open(repo + '/Packages', 'w') as handle:
    handle.write(control + 'Filename: ./%s\\nSize: %d\\nSHA256: %s\\n' % (os.path.basename(deb), len(data), hashlib.sha256(data).hexdigest()))
with open('/etc/apt/sources.list.d/slow.list', 'w') as handle: handle.write('deb [trusted=yes] file:%s ./\\n' % repo)
print(deb)
`

export interface SlowPackage {
  /** Offers the next version, whose configuration waits for `finish`. */
  offer(): Promise<void>
  /** Waits until apt waits in it; the transient unit in which that is, as `name InvocationID`. */
  unit(): Promise<string>
  /** Lets it come to its end. */
  finish(): Promise<void>
  /** True when the version offered last is installed and dpkg has nothing to complain of. */
  installed(): Promise<boolean>
}

/** Installs its first version. */
export async function installSlowPackage(stage: Stage, node: string): Promise<SlowPackage> {
  let version = 1
  const build = async () => (await stage.on(node, 'python3', '-c', script, String(version))).trim()
  await stage.on(node, 'dpkg', '-i', await build())
  return {
    async offer() {
      version++
      await build()
      await stage.on(node, 'rm', '-f', '/run/slow-begun')
      await stage.on(node, 'touch', '/run/slow-hold')
    },
    unit: () =>
      eventually(180, async () => {
        await stage.on(node, 'test', '-e', '/run/slow-begun')
        return runningUnit(stage, node)
      }),
    async finish() {
      await stage.on(node, 'rm', '-f', '/run/slow-hold')
    },
    async installed() {
      const audit = await stage.on(node, 'dpkg', '--audit')
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own way of naming a field.
      const found = await stage.on(node, 'dpkg-query', '-W', '-f', '${Version} ${db:Status-Status}', 'slow')
      return audit === '' && found === `${version} installed`
    },
  }
}

/** The long action that runs on the node, as `name InvocationID`; throws unless there is exactly one. */
export async function runningUnit(stage: Stage, node: string): Promise<string> {
  const list = ['systemctl', 'list-units', '--plain', '--no-legend', '--state=activating', 'bramble-*.service']
  const units = (await stage.on(node, ...list)).match(/^bramble-[0-9a-f]{16}\.service/gm) ?? []
  if (units.length !== 1) throw new Error(`Units that run on ${node}: ${units.join(', ') || 'none'}`)
  const id = await stage.on(node, 'systemctl', 'show', '--value', '--property=InvocationID', units[0]!)
  return `${units[0]} ${id.trim()}`
}
