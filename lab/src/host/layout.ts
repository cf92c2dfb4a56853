/** Where a lab lives and what its things are called: paths, names and addresses, all from the lab's number. */
import { join } from 'node:path'
import { LabError } from './errors.ts'

export type Release = 'trixie' | 'bookworm'
export const releases: readonly Release[] = ['trixie', 'bookworm']

/** Nodes a lab can hold: .11 up to .60 of its network. */
export const maxNodes = 50
/** Port of the package cache on the lab's bridge. */
export const packagePort = 3142
/** Port of the lab's bridge that a node tells when it boots from a flashed card: a worker's own, on a real network. */
export const arrivalsPort = 3010

export interface Layout {
  id: number
  /** Name of its cluster, unless somebody chooses another. */
  name: string
  /** Survives a restart of the machine: disks, keys, lab.json. */
  state: string
  /** Gone with a restart: sockets, process ids, exit statuses. */
  runtime: string
  record: string
  key: string
  password: string
  knownHosts: string
  clusterFile: string
  log: string
  control: string
  gateway: string
  packages: string
  /** Whoever waits for the nodes' first words listens here; what comes to the bridge's arrivals port is led to it. */
  arrivals: string
  /** Cards that are not in a node. */
  cards: string
  /** The lab's own network namespace and its bridge. */
  namespace: string
  bridge: string
  bridgeAddress: string
  subnet: string
  vip: string
}

/** Labs of this number and above all have the same addresses: what was built on one of them serves on any other. */
const firstCopy = 1000
const networkOfCopies = 250

/** The lab `id`, 0 to 255, with the addresses that all copies have; `dial` has to be told of its gateway (`leadThrough`). */
export const copyOf = (id: number): number => firstCopy + id

/** Throws LabError `lab-id` unless `id` is a whole number from 0 to 255, or that of a copy. */
export function layoutOf(id: number): Layout {
  const number = id >= firstCopy ? id - firstCopy : id
  if (!Number.isInteger(number) || number < 0 || number > 255)
    throw new LabError('lab-id', `Lab number ${id} does not exist: choose an integer from 0 to 255.`)
  const network = id === number ? id : networkOfCopies
  const state = join('/var/lib/bramble-lab', String(id))
  const runtime = join('/run/bramble-lab', String(id))
  return {
    id,
    name: id === 0 ? 'lab' : `lab-${network}`,
    state,
    runtime,
    record: join(state, 'lab.json'),
    key: join(state, 'id_ed25519'),
    password: join(state, 'password'),
    knownHosts: join(state, 'known_hosts'),
    clusterFile: join(state, 'cluster.yaml'),
    log: join(state, 'supervisor.log'),
    control: join(runtime, 'control.sock'),
    gateway: join(runtime, 'gateway.sock'),
    packages: join(runtime, 'packages.sock'),
    arrivals: join(runtime, 'arrivals.sock'),
    cards: join(state, 'cards'),
    namespace: `bramble-lab-${id}`,
    bridge: 'br0',
    bridgeAddress: `198.18.${network}.1`,
    subnet: `198.18.${network}`,
    vip: `198.18.${network}.100`,
  }
}

export interface NodeLayout {
  name: string
  number: number
  address: string
  mac: string
  /** The node's end of the cable lies in this namespace, as eth0. */
  namespace: string
  /** The bridge's end of the cable. */
  port: string
  /** nspawn's name of the machine. */
  machine: string
  /** Copy-on-write disk: upper and work folders, and the mounted root. */
  disk: string
  root: string
  /** The card that is in the node. */
  card: string
  /** Files of the running node: meminfo, exit status, console. */
  runtime: string
  console: string
  cgroup: string
}

/** Node `number` counts from 1: pi-1 has .11. MACs carry the Raspberry Pi Trading prefix, as a real Pi's. */
export function nodeLayout(layout: Layout, number: number): NodeLayout {
  if (!Number.isInteger(number) || number < 1 || number > maxNodes)
    throw new LabError('lab-size', `A lab holds 1 to ${maxNodes} nodes, not ${number}.`)
  const name = `pi-${number}`
  const hex = (value: number) => value.toString(16).padStart(2, '0')
  const disk = join(layout.state, 'disks', name)
  const runtime = join(layout.runtime, name)
  return {
    name,
    number,
    address: `${layout.subnet}.${10 + number}`,
    mac: `dc:a6:32:00:${hex(Number(layout.subnet.split('.')[2]))}:${hex(number)}`,
    namespace: `${layout.namespace}-${name}`,
    port: `p${number}`,
    machine: `${layout.namespace}-${name}`,
    disk,
    root: join(disk, 'root'),
    card: join(layout.state, 'inserted', `${name}.img`),
    runtime,
    console: join(layout.state, `${name}.console.log`),
    cgroup: `bramble-lab/${layout.id}/${name}`,
  }
}

/** Loopback ports of this machine that lead to the lab's virtual IP, so that a browser and psql reach the cluster. */
export function publishedPorts(layout: Layout): { port: number; host: string; targetPort: number }[] {
  return [
    [18080, 80],
    [15000, 5000],
    [15001, 5001],
  ].map(([base, targetPort]) => ({ port: base! + layout.id * 10, host: layout.vip, targetPort: targetPort! }))
}

/** Folder shared by all labs: base systems, golden layers, package archives. */
export function cacheFolder(): string {
  return process.env.BRAMBLE_CACHE || '/var/cache/bramble'
}
