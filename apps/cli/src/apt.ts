/** The few programs that come from Debian instead of the packages. */
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { must } from '@bramble/provision/local'

/** Programs that flashing runs on Linux, each with the Debian package that brings it. */
export const flashTools: Readonly<Record<string, string>> = {
  mcopy: 'mtools',
  xz: 'xz-utils',
  zstd: 'zstd',
  eject: 'eject',
  debugfs: 'e2fsprogs',
}

/** Installs the Debian packages (values) whose programs (keys) are missing. Throws with the cure when it may not. */
export async function installMissing(programs: Readonly<Record<string, string>>): Promise<void> {
  const packages = new Set<string>()
  for (const [program, name] of Object.entries(programs)) if (!(await isOnPath(program))) packages.add(name)
  const missing = [...packages]
  if (missing.length === 0) return
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !(await isOnPath('apt-get')))
    throw new Error(
      `These programs are missing: ${missing.join(', ')}. On Debian: sudo apt install ${missing.join(' ')}`,
    )
  process.stdout.write(`installing ${missing.join(', ')} (apt-get)\n`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await must(['apt-get', '-q', 'update'], { env })
  await must(['apt-get', '-q', 'install', '-y', '--no-install-recommends', ...missing], { env, timeout: 20 * 60_000 })
}

async function isOnPath(program: string): Promise<boolean> {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
  for (const folder of folders)
    if (
      await access(path.join(folder, program), constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return true
  return false
}
