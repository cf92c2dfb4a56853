/**
 * Set-up of every test suite on Debian: PATH holds a minimal Debian and the tools that the suite declares, nothing else that
 * happens to be installed. A test that needs more fails on every machine, not only on a fresh one.
 */
import { chmod, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { missingPackages, packagesOf } from '../supervisor/apt.ts'
import { root } from '../supervisor/checkout.ts'
import { type ToolSuite, toolsOf } from './suite-tools.ts'

const dpkg = '/var/lib/dpkg'
const binFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin']
/** What Bramble itself asks for, from wherever it was installed. */
const ownPrograms = ['node', 'npm', 'npx', 'pnpm']

/** Vitest calls it once per project, before its tests are started. Throws when a declared tool is missing. */
export default async function setUp({ name }: { name: string }): Promise<(() => Promise<void>) | undefined> {
  const status = await readFile(`${dpkg}/status`, 'utf8').catch(() => null)
  if (status === null) return
  const tools = toolsOf([name as ToolSuite])
  const missing = await missingPackages(tools)
  if (missing.length > 0)
    throw new Error(
      `The ${name} suite needs programs that are not installed. Run ./bramble test --only ${name}, which installs them, or: sudo apt install ${missing.join(' ')}`,
    )
  const before = process.env.PATH ?? ''
  const folder = await mkdtemp(path.join(tmpdir(), `bramble-${name}-path-`))
  // The database and the dashboard are started as users of their own, who have to find programs here, too.
  await chmod(folder, 0o755)
  const programs = await programsOf(withDependencies(parseStatus(status), packagesOf(tools)))
  for (const program of ownPrograms) {
    const found = await firstOnPath(program, before)
    if (found) programs.set(program, found)
  }
  for (const [program, target] of programs) await symlink(target, path.join(folder, program))
  // What pnpm puts in front for a package's own scripts stays.
  const local = before.split(path.delimiter).filter((entry) => entry.startsWith(`${root}/`))
  process.env.PATH = [...local, folder].join(path.delimiter)
  const tearDown = async () => {
    process.env.PATH = before
    await rm(folder, { recursive: true, force: true })
  }
  const hidden = await missingPackages(tools)
  if (hidden.length === 0) return tearDown
  await tearDown()
  throw new Error(
    `The ${name} suite declares packages (${hidden.join(', ')}) that do not bring the programs they are declared for. Correct suite-tools.ts.`,
  )
}

export interface DebianPackage {
  name: string
  /** On every Debian, however small. */
  always: boolean
  /** Names of packages; of alternatives each one. */
  depends: string[]
  provides: string[]
}

/** The installed packages of a dpkg status file. */
export function parseStatus(text: string): DebianPackage[] {
  return text.split(/\n\n+/).flatMap((block) => {
    const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(block)?.[1] ?? ''
    const names = (value: string) => value.split(/[,|]/).flatMap((one) => /[a-z0-9][a-z0-9+.-]+/.exec(one)?.[0] ?? [])
    const name = field('Package')
    if (!name || !field('Status').endsWith(' installed')) return []
    const always = field('Essential') === 'yes' || field('Priority') === 'required' || name === 'apt'
    const depends = [...names(field('Pre-Depends')), ...names(field('Depends'))]
    return [{ name, always, depends, provides: names(field('Provides')) }]
  })
}

/** Names of the packages that are always there, of `wanted`, and of all that these depend on. */
export function withDependencies(packages: readonly DebianPackage[], wanted: readonly string[]): Set<string> {
  const byName = new Map<string, DebianPackage[]>()
  for (const one of packages)
    for (const name of [one.name, ...one.provides]) byName.set(name, [...(byName.get(name) ?? []), one])
  const found = new Set<string>()
  const queue = [...packages.filter(({ always }) => always).map(({ name }) => name), ...wanted]
  for (let name = queue.pop(); name !== undefined; name = queue.pop())
    for (const one of byName.get(name) ?? [])
      if (!found.has(one.name)) {
        found.add(one.name)
        queue.push(...one.depends)
      }
  return found
}

/** Name → path of every program that those packages bring, the alternatives between them included. */
async function programsOf(packages: ReadonlySet<string>): Promise<Map<string, string>> {
  const files = new Set<string>()
  for (const list of await readdir(`${dpkg}/info`)) {
    const name = /^([^:]+)(?::[^:]+)?\.list$/.exec(list)?.[1]
    if (name === undefined || !packages.has(name)) continue
    for (const line of (await readFile(`${dpkg}/info/${list}`, 'utf8')).split('\n'))
      if (/^(?:\/usr)?\/s?bin\/[^/]+$/.test(line)) files.add(line.replace(/^\/(?=s?bin\/)/, '/usr/'))
  }
  const programs = new Map<string, string>([...files].map((file) => [path.basename(file), file]))
  for (const folder of binFolders)
    for (const name of await readdir(folder).catch(() => [])) {
      const file = path.join(folder, name)
      const target = await readlink(file).catch(() => '')
      if (target.startsWith('/etc/alternatives/') && files.has(await realpath(file).catch(() => '')))
        programs.set(name, file)
    }
  return programs
}

async function firstOnPath(program: string, search: string): Promise<string | undefined> {
  for (const folder of search.split(path.delimiter)) {
    const found = await realpath(path.join(folder, program)).catch(() => undefined)
    if (found) return found
  }
  return undefined
}
