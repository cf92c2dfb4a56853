/** The few programs that come from Debian instead of the packages. */
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { must } from '@bramble/provision/local'

/** Installs the Debian packages whose program of the same name is missing. Throws with the cure when it may not. */
export async function installMissing(programs: readonly string[]): Promise<void> {
  const missing: string[] = []
  for (const program of programs) if (!(await isOnPath(program))) missing.push(program)
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
