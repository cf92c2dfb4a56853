/** A lab with a cluster on it, for one scenario file: virtual Pis, Bramble's engine, and clients on the virtual IP. */

import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterSpec, type Plan, parseClusterFile, type RunEvent, type RunOutcome } from '@bramble/cluster'
import {
  type ApplyInput,
  apply,
  type ClusterSecrets,
  type Fleet,
  issueSecrets,
  openFleet,
  openSecrets,
  operate,
  plan,
  Secret,
  type Transport,
} from '@bramble/provision'
import { type Door, databaseDoor } from '@bramble/provision/availability'
import { leadThrough } from '@bramble/provision/dial'
import { lacks, takeHealth } from '@bramble/provision/drill'
import { endingCertificates } from '@bramble/provision/test/certificates'
import type { ClientConfig } from 'pg'
import { copyOf, layoutOf, nodeLayout } from '../src/host/layout.ts'
import { snapshot } from '../src/images/snapshots.ts'
import { clusterYaml, down, type LabStatus, type Release, status, up } from '../src/index.ts'
import { takeBuilt } from '../src/supervisor/lab.ts'

export interface StageOptions {
  /** Lab number; every scenario file has its own. */
  id: number
  nodes: number
  release?: Release
  /** Changes to the lab's cluster file before it is used. */
  change?: (spec: ClusterSpec) => ClusterSpec
  /** False: the bare base system, packages come through the cache. */
  golden?: boolean
  /** Room on each node's disk in MB; default: as much as this machine has. */
  diskMB?: number
  /**
   * True: a cluster that serves already, with nothing left to apply. It is built by the engine for the first file that wants this
   * one and comes from the cache for the others; its lab's number is `copyOf(id)`.
   */
  built?: boolean
  /** When the certificates of its nodes end; default: with their authority. */
  certificatesUntil?: Date
}

/** A row of `patronictl list`. */
interface Member {
  Member: string
  Role: string
  State: string
  TL: number
}

export interface Stage {
  id: number
  spec: ClusterSpec
  secrets: ClusterSecrets
  fleet: Fleet
  /** The same as they are kept. */
  stored: Readonly<Record<string, string>>
  plan(): Promise<Plan>
  /** Applies whatever the plan says and returns the outcome and what was told. */
  apply(over?: Partial<ApplyInput>): Promise<{ outcome: RunOutcome; events: RunEvent[] }>
  /** The kept connection to a node. */
  reach(node: string): Promise<Transport>
  /** Runs a command on a node as root; throws unless it exits with 0. */
  on(node: string, ...argv: string[]): Promise<string>
  /** Waits until every copy is there: one leader, and the others follow it on its timeline. */
  allCopies(): Promise<void>
  /** Waits until every part of every node is at work. */
  whole(): Promise<void>
  /** Waits until all nodes that answer name the same one. */
  primary(): Promise<string>
  /** For pg clients: read-write (5000) or read-only (5001) through the virtual IP. */
  database(port: 5000 | 5001): ClientConfig
  /** For the checker: read-write. */
  writing: Door
  /**
   * The same lab with another spec; this stage is over then. `change` gets the spec and that of all nodes of the lab as
   * they are now. The certificates of the nodes in `forget` are issued anew.
   */
  become(change: (spec: ClusterSpec, present: ClusterSpec) => ClusterSpec, forget?: readonly string[]): Promise<Stage>
  /** The same cluster with other secrets, which the nodes do not have yet; this stage is over then. */
  holding(stored: Readonly<Record<string, string>>): Promise<Stage>
  /** Another cluster on the same lab, with secrets of its own. `change` gets the spec of all its nodes. */
  beside(change: (present: ClusterSpec) => ClusterSpec): Promise<Stage>
  /** The site on the virtual IP, as a loopback URL. */
  site: string
  close(): Promise<void>
}

export async function openStage(options: StageOptions): Promise<Stage> {
  if (options.built) return openBuilt(options)
  const { id } = options
  await down({ id })
  try {
    const lab = await up(wishOf(options))
    const spec = changed(options, specOf(lab))
    const { stored } = await issueSecrets(spec, {}, new Date())
    const { certificatesUntil: until } = options
    return await stageOn(lab, spec, until ? await endingCertificates(stored, until) : stored, new Date(), 'none')
  } catch (error) {
    await down({ id })
    throw error
  }
}

/** The release of every stage that names none: BRAMBLE_LAB_RELEASE=bookworm runs a scenario on the other one. */
const usualRelease: Release = process.env.BRAMBLE_LAB_RELEASE === 'bookworm' ? 'bookworm' : 'trixie'

const wishOf = ({ id, nodes, release = usualRelease, golden = true, diskMB }: StageOptions) => ({
  ...{ id, nodes, release, golden },
  ...(diskMB ? { diskMB } : {}),
})

const changed = ({ change = (same) => same }: StageOptions, spec: ClusterSpec) => change(spec)

async function openBuilt(options: StageOptions): Promise<Stage> {
  const { nodes, release = usualRelease } = options
  const id = copyOf(options.id)
  const layout = layoutOf(id)
  leadThrough(layout.subnet, layout.gateway)
  const draft = Array.from({ length: nodes }, (_, index) => ({ ...nodeLayout(layout, index + 1), hostKey: null }))
  const spec = changed(options, specOf({ id, vip: layout.vip, user: 'pi', keyFile: layout.key, nodes: draft }))
  await down({ id })
  try {
    const { diskMB, ...wish } = wishOf({ ...options, id })
    const built = await snapshot({ release, nodes, spec, onLine: console.log }, async (folder) => {
      const lab = await up(wish)
      const stage = await stageOn(lab, changed(options, specOf(lab)), {}, new Date())
      await buildAndTurnOff(stage).finally(() => stage.fleet.close())
      await takeBuilt({ id }, folder)
      await writeFile(join(folder, 'secrets.json'), JSON.stringify(stage.stored), { mode: 0o600 })
    })
    const lab = await up({ ...wish, built, ...(diskMB ? { diskMB } : {}) })
    const stored = JSON.parse(await readFile(join(built, 'secrets.json'), 'utf8')) as Record<string, string>
    const stage = await stageOn(lab, changed(options, specOf(lab)), stored, new Date())
    await stage.whole()
    return stage
  } catch (error) {
    await down({ id })
    throw error
  }
}

async function buildAndTurnOff(stage: Stage): Promise<void> {
  const { outcome } = await stage.apply()
  if (outcome.status !== 'succeeded') throw new Error(outcome.message)
  await stage.whole()
  const { id, spec, secrets, fleet } = stage
  const told = { since: new Date(), signal: new AbortController().signal, emit: () => undefined }
  const off = await operate({ spec, secrets, fleet, operation: { kind: 'shutdown' }, ...told })
  if (off.status !== 'succeeded') throw new Error(off.message)
  await eventually(120, async () => {
    const still = (await status({ id })).nodes.filter(({ state }) => state !== 'off')
    if (still.length > 0) throw new Error(`${still.map(({ name }) => name).join(', ')} did not turn off`)
  })
}

/** `kept`: secrets that were issued for the cluster before. */
async function stageOn(
  lab: LabStatus,
  spec: ClusterSpec,
  kept: Readonly<Record<string, string>>,
  now: Date,
  renew: 'all' | 'none' = 'all',
): Promise<Stage> {
  const { id } = lab
  const { stored } = await issueSecrets(spec, kept, now, { renew })
  const secrets = openSecrets(stored)
  const fleet = fleetOf(spec, secrets, lab)
  const input = { spec, secrets, fleet }

  const reach = (node: string) => fleet.connect(spec.nodes.find((entry) => entry.name === node)!)
  const ask = async (timeout: number, node: string, argv: readonly string[]) => {
    const transport = await reach(node)
    const { code, stdout, stderr } = await transport.exec(argv, { as: 'root', timeout })
    if (code !== 0) throw new Error(`${node}: ${argv.join(' ')} failed (${code}): ${stderr || stdout}`)
    return stdout
  }
  const on = (node: string, ...argv: string[]) => ask(120_000, node, argv)
  const copies = spec.nodes.filter((entry) => entry.roles.includes('postgres')).map((entry) => entry.name)
  const listing = ['patronictl', '-c', '/etc/patroni/config.yml', 'list', '-f', 'json']
  /** What each copy's node says; one that was just cut off may still read what was true before. */
  const answers = async () => {
    const texts = await Promise.all(copies.map((name) => ask(30_000, name, listing).catch(() => null)))
    const lists = texts.filter((text) => text !== null).map((text) => JSON.parse(text) as Member[])
    if (lists.length === 0) throw new Error('No node answers for Patroni')
    return lists
  }
  const leaderOf = (list: Member[]) => list.find((member) => member.Role === 'Leader')
  return {
    id,
    spec,
    secrets,
    fleet,
    stored,
    plan: () => plan(input),
    async apply(over = {}) {
      const events: RunEvent[] = []
      const outcome = await apply({
        ...input,
        approved: null,
        signal: new AbortController().signal,
        emit: (event) => events.push(event),
        ...over,
      })
      return { outcome, events }
    },
    reach,
    on,
    allCopies: () =>
      eventually(240, async () => {
        const lists = await answers()
        const list = lists[0]!
        const leader = leaderOf(list)
        // Patroni 3 says "running" of a replica that streams, Patroni 4 "streaming".
        const following = list.filter(
          ({ Role, State, TL }) => Role !== 'Leader' && ['running', 'streaming'].includes(State) && TL === leader?.TL,
        )
        const agreed = lists.every((other) => leaderOf(other)?.Member === leader?.Member)
        if (!leader || !agreed || lists.length !== copies.length || following.length !== copies.length - 1)
          throw new Error(`Not every copy is there: ${JSON.stringify(lists)}`)
      }),
    whole: () =>
      eventually(300, async () => {
        const missing = lacks(spec, await takeHealth(input))
        if (missing.length > 0) throw new Error(`The cluster is not healthy: ${missing.join(' ')}`)
      }),
    primary: () =>
      eventually(120, async () => {
        const leaders = new Set((await answers()).map((list) => leaderOf(list)?.Member))
        const [leader] = leaders
        if (!leader || leaders.size > 1) throw new Error(`The nodes name as primary: ${[...leaders].join(', ')}`)
        return leader
      }),
    database: (port) => ({
      ...addressOf(lab, port),
      user: spec.database.user,
      database: spec.database.name,
      password: secrets.application.reveal(),
      // The certificate names the nodes and the virtual IP, and the lab publishes it on loopback.
      ssl: { ca: secrets.ca.trusted, checkServerIdentity: () => undefined },
    }),
    writing: databaseDoor(spec, secrets),
    async become(change, forget = []) {
      await fleet.close()
      const own = (name: string) => forget.some((node) => name.startsWith(`leaf.${node}.`))
      const kept = Object.fromEntries(Object.entries(stored).filter(([name]) => !own(name)))
      const present = await status({ id })
      return stageOn(present, change(spec, specOf(present)), kept, new Date())
    },
    async holding(other) {
      await fleet.close()
      return stageOn(await status({ id }), spec, other, new Date(), 'none')
    },
    async beside(change) {
      const present = await status({ id })
      const other = await stageOn(present, change(specOf(present)), {}, new Date())
      return { ...other, close: () => other.fleet.close() }
    },
    site: `http://${addressOf(lab, 80).host}:${addressOf(lab, 80).port}/`,
    async close() {
      await fleet.close().finally(() => down({ id }))
    },
  }
}

function specOf(lab: Parameters<typeof clusterYaml>[0]): ClusterSpec {
  const parsed = parseClusterFile(clusterYaml(lab))
  if (!parsed.spec) throw new Error(parsed.findings.map((found) => `${found.line}: ${found.message}`).join('\n'))
  return parsed.spec
}

/** Signs in as a person would on the first day (the card's key), later with Bramble's own key. */
export function fleetOf(spec: ClusterSpec, secrets: ClusterSecrets, lab: LabStatus): Fleet {
  const { user } = spec.ssh
  const cardKey = new Secret(readFileSync(lab.keyFile, 'utf8'))
  return openFleet({
    spec,
    logins: () => [
      { user, privateKey: secrets.ssh.privateKey },
      { user, privateKey: cardKey },
    ],
    hostKey: (node) => node.hostKey,
  })
}

function addressOf(lab: LabStatus, port: number): { host: string; port: number } {
  const found = lab.published.find((entry) => entry.target === `${lab.vip}:${port}`)
  if (!found) throw new Error(`The lab does not publish port ${port}`)
  const [host, local] = found.local.split(':')
  return { host: host!, port: Number(local) }
}

/** Waits until `check` holds (it may throw until then); fails with its last words after `seconds`. */
export async function eventually<T>(seconds: number, check: () => Promise<T>): Promise<T> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
    }
    await sleep(300)
  }
}
