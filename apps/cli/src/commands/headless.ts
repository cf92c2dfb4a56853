/** What `plan` and `apply` share: the file read, the secrets at hand, the ways to the nodes open. No database. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ClusterSpec, type Plan, parseClusterFile, printable } from '@bramble/cluster'
import {
  type ClusterSecrets,
  type Fleet,
  issueSecrets,
  type Login,
  openFleet,
  openSecrets,
  Secret,
  Trouble,
} from '@bramble/provision'
import { defaultDataDir, openDataDir } from '../supervisor/data.ts'
import { type Identity, identify, isAlive } from '../supervisor/processes.ts'

export interface Headless {
  spec: ClusterSpec
  secrets: ClusterSecrets
  fleet: Fleet
  /** Keeps the host key that was written to a node's card; the cluster file's own word goes before it. */
  pin: (node: string, fingerprint: string) => Promise<void>
  /** Closes connections and gives the cluster's lock back. */
  close: () => Promise<void>
}

export interface HeadlessOptions {
  /** Names of files that may be replaced, `pi-1:/etc/haproxy/haproxy.cfg`. */
  replace?: string[]
  /** Folder for secrets; default $XDG_DATA_HOME/bramble. */
  data?: string
  passwordFile?: string
}

export interface Shared {
  spec: ClusterSpec
  secrets: ClusterSecrets
  fleet: Fleet
  /** Where what belongs to the cluster is kept on this machine. */
  folder: string
  /** Holds the cluster's lock meanwhile. Trouble `in-use`. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>
  close: () => Promise<void>
}

/** Beside other commands on the same cluster, which was provisioned from here. Trouble: bad-file, not-provisioned. */
export async function openShared(file: string, options: HeadlessOptions): Promise<Shared> {
  const spec = readSpec(file)
  const folder = await openDataDir(join(options.data ?? defaultDataDir(), 'clusters', spec.name))
  const path = join(folder, 'secrets.json')
  if (!existsSync(path))
    throw new Trouble(
      'not-provisioned',
      `${folder} has no secrets of the cluster ${spec.name}: it was not provisioned from this machine.`,
      'Run "apply" first, or give the folder of its secrets with --data.',
    )
  const secrets = openSecrets(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>)
  const logins = loginsOf(spec, secrets, options)
  const pins = openPins(join(folder, 'pins.json'))
  const fleet = openFleet({ spec, logins: () => logins, hostKey: (node) => node.hostKey ?? pins.of(node.name) })
  return {
    ...{ spec, secrets, fleet, folder, close: () => fleet.close() },
    async exclusively(work) {
      const unlock = await lock(join(folder, 'lock'), spec.name)
      return work().finally(unlock)
    },
  }
}

/** Trouble `bad-file` lists every finding with its line; `in-use` when another process works on the cluster. */
export async function openHeadless(file: string, options: HeadlessOptions): Promise<Headless> {
  const spec = readSpec(file)
  const folder = await openDataDir(join(options.data ?? defaultDataDir(), 'clusters', spec.name))
  const unlock = await lock(join(folder, 'lock'), spec.name)
  try {
    const secrets = await keepSecrets(spec, join(folder, 'secrets.json'))
    const logins = loginsOf(spec, secrets, options)
    const pins = openPins(join(folder, 'pins.json'))
    const fleet = openFleet({ spec, logins: () => logins, hostKey: (node) => node.hostKey ?? pins.of(node.name) })
    const close = async () => {
      await fleet.close()
      unlock()
    }
    return { spec, secrets, fleet, pin: pins.keep, close }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Trouble `bad-file` lists every finding with its line; warnings go to standard error. */
export function readSpec(file: string): ClusterSpec {
  if (!existsSync(file))
    throw new Trouble('bad-file', `There is no file ${file}.`, 'See docs/cluster-file.md for an example.')
  const parsed = parseClusterFile(readFileSync(file, 'utf8'))
  for (const { level, line, message, cure } of parsed.findings)
    if (level === 'warning') process.stderr.write(`${file}:${line}: warning: ${message} ${cure}\n`)
  if (parsed.spec) return parsed.spec
  const lines = parsed.findings
    .filter(({ level }) => level === 'error')
    .map(({ line, message, cure }) => `${file}:${line}: ${message} ${cure}`)
  throw new Trouble('bad-file', lines.join('\n'), 'Nothing was changed.')
}

async function keepSecrets(spec: ClusterSpec, path: string): Promise<ClusterSecrets> {
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {}
  const issued = await issueSecrets(spec, stored, new Date())
  if (issued.changed) {
    writeFileSync(`${path}.new`, `${JSON.stringify(issued.stored, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  return openSecrets(issued.stored)
}

/** Host keys of the cards that were written for the cluster, by node. */
function openPins(path: string) {
  const read = () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {})
  return {
    of: (node: string): string | undefined => read()[node],
    keep: async (node: string, fingerprint: string) => {
      writeFileSync(`${path}.new`, `${JSON.stringify({ ...read(), [node]: fingerprint }, null, 2)}\n`, { mode: 0o600 })
      renameSync(`${path}.new`, path)
    },
  }
}

/** Bramble's own key first; before it is on the node, the user's key or password. */
function loginsOf(spec: ClusterSpec, secrets: ClusterSecrets, options: HeadlessOptions): Login[] {
  const { user, keyFile } = spec.ssh
  const logins: Login[] = [{ user, privateKey: secrets.ssh.privateKey }]
  if (keyFile) logins.push({ user, privateKey: new Secret(readNamed(keyFile, 'ssh.keyFile')) })
  if (options.passwordFile)
    logins.push({ user, password: new Secret(readNamed(options.passwordFile, '--password-file').trimEnd()) })
  return logins
}

export function readNamed(path: string, what: string): string {
  const full = resolve(path.replace(/^~(?=\/)/, homedir()))
  if (!existsSync(full))
    throw new Trouble('bad-file', `${what} names ${full}, but the file does not exist.`, 'Correct the path.')
  return readFileSync(full, 'utf8')
}

/** One headless run per cluster at a time. A lock whose process is gone is taken over. */
async function lock(path: string, cluster: string): Promise<() => void> {
  const self = await identify(process.pid)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(self), { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch {
      const holder = holderOf(path)
      if (holder && (await isAlive(holder)))
        throw new Trouble(
          'in-use',
          `Process ${holder.pid} is already working on ${cluster}.`,
          'Wait until it has finished.',
        )
      rmSync(path, { force: true })
    }
  }
  throw new Trouble('in-use', `The lock ${path} could not be acquired.`, 'Wait a moment and try again.')
}

/** Half a file is what a power cut leaves: nobody holds it. */
function holderOf(path: string): Identity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Identity
  } catch {
    return null
  }
}

/** A plan as text: what is to be done and why, node by node. */
export function planText(plan: Plan): string {
  const lines: string[] = []
  for (const finding of plan.findings)
    lines.push(`${finding.level}: ${finding.node ? `${finding.node}: ` : ''}${finding.message} ${finding.cure}`)
  for (const { node, steps, trouble } of plan.nodes) {
    if (trouble) lines.push(`${node}: ${trouble.message} ${trouble.cure}`)
    const todo = steps?.filter((step) => step.verdict === 'todo') ?? []
    if (steps) lines.push(`${node}: ${todo.length === 0 ? 'settled' : `${todo.length} of ${steps.length} steps to do`}`)
    for (const step of todo) {
      lines.push(`  ${step.id}: ${step.title} (${step.because})`)
      if (step.destroys) lines.push(`    DESTROYS: ${step.destroys}`)
      if (step.disrupts && plan.rollout === 'one-by-one') lines.push(`    interruption: ${step.disrupts}`)
      for (const action of step.actions) {
        if (action.kind === 'put' && action.kept) lines.push(`    the current file is kept as ${action.kept}`)
        if (action.kind === 'put' && action.diff && step.because !== 'not present yet')
          lines.push(
            ...action.diff
              .split('\n')
              .slice(2)
              .map((line) => `    ${line}`),
          )
      }
    }
  }
  lines.push(plan.rollout === 'together' ? 'All nodes at once: first boot.' : `One by one: ${plan.order.join(', ')}.`)
  lines.push(`${plan.changes} ${plan.changes === 1 ? 'change' : 'changes'}`)
  return printable(lines.join('\n'))
}
