/** The few programs that come from Debian instead of the packages. */
import { isOnPath, must } from '@bramble/provision/local'

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

/** What flashing runs. Loaded when it is needed, so that `up` starts fast. */
export async function installFlashTools(): Promise<void> {
  const { flashPrograms } = await import('@bramble/provision/flash')
  await installMissing(flashPrograms)
}
