/** A four-node cluster with real secrets, and facts as a node would answer them: for tests of roles on data. */
import { ClusterSpec } from '@bramble/cluster'
import { knownFacts } from '../src/engine/gather.ts'
import type { Pulse } from '../src/engine/pulse.ts'
import type { Fact, Facts, RoleContext, Step } from '../src/engine/types.ts'
import type { Machine } from '../src/facts/os.ts'
import { issueSecrets, openSecrets, type StoredSecrets } from '../src/secrets/index.ts'

export const spec = ClusterSpec.parse({
  name: 'home',
  vip: '192.0.2.100',
  preset: 'fast',
  nodes: [
    { name: 'pi-1', address: '192.0.2.11', roles: ['balancer'] },
    { name: 'pi-2', address: '192.0.2.12', roles: ['etcd', 'postgres', 'web'] },
    { name: 'pi-3', address: '192.0.2.13', roles: ['etcd', 'postgres', 'web'] },
    { name: 'pi-4', address: '192.0.2.14', roles: ['etcd', 'postgres', 'balancer', 'web'] },
  ],
})

const issued = await issueSecrets(spec, {}, new Date())
export const stored: StoredSecrets = issued.stored

export function contextOf(name: string, change: Partial<ClusterSpec> = {}): RoleContext {
  const changed = { ...spec, ...change }
  const node = changed.nodes.find((entry) => entry.name === name)
  if (!node) throw new Error(`No node ${name}`)
  return { spec: changed, node, secrets: openSecrets(stored) }
}

/** Of a cluster that was never built. */
export const noPulse: Pulse = {
  primary: null,
  postgresMajor: null,
  streaming: [],
  departing: [],
  synchronous: [],
  voters: [],
  members: null,
  joining: [],
  storeless: [],
  lived: false,
}

export const pi: Machine = {
  id: 'debian',
  idLike: '',
  codename: 'trixie',
  architecture: 'arm64',
  model: 'Raspberry Pi 4 Model B Rev 1.4',
  hostname: 'raspberrypi',
  memory: 1024 ** 3,
  diskFree: 20 * 1024 ** 3,
  cpus: 4,
  clock: Date.parse('2026-05-01T12:00:00Z') / 1000,
  bootId: 'boot',
  age: 3600,
  container: false,
  addresses: [{ interface: 'eth0', address: '192.0.2.12', prefix: 24 }],
  timezone: 'Etc/UTC',
}

/** What a factory Pi answers: nothing is there yet. */
function factory(fact: Fact<unknown>, machine: Machine): unknown {
  const { query } = fact
  switch (query.kind) {
    case 'file':
      return { kind: 'absent', sha256: null, mode: 0, owner: '', size: 0, mtime: 0, content: null }
    case 'packages':
      return Object.fromEntries(query.names.map((name) => [name, { installed: null, candidate: null }]))
    case 'unit':
      return { load: 'not-found', active: 'inactive', enabled: '', invocation: '', since: 0, loaded: null }
    case 'command':
      return { code: null, stdout: '', stderr: 'No such file or directory' }
    case 'http':
      return { status: null, body: '', error: '[Errno 111] Connection refused' }
    case 'machine':
      return machine
    case 'address':
      return { holder: false, answeredBy: null }
  }
}

export interface Answers {
  machine?: Partial<Machine>
  /** Raw answers by fact: they win over the factory's. */
  over?: readonly (readonly [Fact<unknown>, unknown])[]
}

/** Facts of a factory Pi, with `over` laid upon them. */
export function answers(asked: readonly Fact<unknown>[], { machine = {}, over = [] }: Answers = {}): Facts {
  const known = new Map(asked.map((fact) => [fact.key, factory(fact, { ...pi, ...machine })]))
  for (const [fact, answer] of over) known.set(fact.key, answer)
  return knownFacts(known)
}

export function factsFor(steps: readonly Step[], options?: Answers): Facts {
  return answers(
    steps.flatMap((step) => step.reads),
    options,
  )
}
