/** The few programs that come from Debian instead of the packages. */
import { isOnPath, must } from '@bramble/process'

/** The packages that `programs` names: each value is one name, or several with a space between. */
export const packagesOf = (programs: Readonly<Record<string, string>>): string[] =>
  Object.values(programs).flatMap((names) => names.split(' '))

/** Names of the Debian packages (values) whose programs (keys) are missing here. */
export async function missingPackages(programs: Readonly<Record<string, string>>): Promise<string[]> {
  const missing: Record<string, string> = {}
  for (const [program, names] of Object.entries(programs)) if (!(await isOnPath(program))) missing[program] = names
  return [...new Set(packagesOf(missing))]
}

/** Installs the Debian packages (values) whose programs (keys) are missing. Throws with the remedy when it may not. */
export async function installMissing(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = await missingPackages(programs)
  if (missing.length === 0) return
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !(await isOnPath('apt-get')))
    throw new Error(
      `These programs are missing: ${missing.join(', ')}. On Debian: sudo apt install ${missing.join(' ')}`,
    )
  process.stdout.write(`installing ${missing.join(', ')} (apt-get)\n`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const lock = ['-o', 'DPkg::Lock::Timeout=300']
  await must(['apt-get', '-q', ...lock, 'update'], { env })
  const install = ['apt-get', '-q', ...lock, 'install', '-y', '--no-install-recommends', ...missing]
  await must(install, { env, timeout: 20 * 60_000 })
  const still = await missingPackages(programs)
  if (still.length > 0)
    throw new Error(`The packages were installed, but these programs are still missing: ${still.join(', ')}`)
}

/** What flashing runs. Loaded when it is needed, so that `up` starts fast. */
export async function installFlashTools(): Promise<void> {
  const { flashPrograms } = await import('@bramble/provision/flash')
  await installMissing(flashPrograms)
}
