/** The one process that keeps a lab alive: it boots and ends the nodes and carries their packages and connections. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { leadThrough } from '@bramble/provision/dial'
import { type BoardChange, calm } from '../cards/board.ts'
import { bootWords } from '../cards/card-disk.ts'
import { LabError } from '../host/errors.ts'
import { type Layout, nodeLayout, publishedPorts } from '../host/layout.ts'
import { readMirrors } from '../host/machine.ts'
import { waitFor, waitForSsh } from '../host/waiting.ts'
import { archiveFolder } from '../images/archive.ts'
import { type Dhcp, startDhcp } from '../network/dhcp.ts'
import { publish } from '../network/gateway.ts'
import { type GatewayProcess, startGateway } from '../network/gateway-process.ts'
import { plug, raiseNetwork } from '../network/network.ts'
import { type PackageCache, startPackageCache } from '../network/package-cache.ts'
import { type Access, ejectDisk, eraseDisk, hostKeyOf, insertDisk, insertFlashedCard } from '../nodes/disk.ts'
import { makeLogin } from '../nodes/login.ts'
import {
  askReboot,
  boot,
  clearAway,
  exitStatus,
  exposeBoard,
  hasPower,
  pullPlug,
  rebootStatus,
  refreshMemory,
} from '../nodes/power.ts'
import { type LabRecord, type NodeRecord, readRecord, writeRecord } from '../nodes/record.ts'
import { CardTable } from './card-table.ts'
import { type CardRequest, type Request, serveControl, type UpRequest } from './control.ts'
import { tearDown } from './teardown.ts'

/** The queue of the cards: nodes count from 1. */
const table = 0

export class Supervisor {
  readonly #layout: Layout
  readonly #log: (line: string) => void
  #record: LabRecord | null = null
  #login: Access | null = null
  #packages: PackageCache | null = null
  #gateway: GatewayProcess | null = null
  #dhcp: Dhcp | null = null
  readonly #published: Server[] = []
  readonly #unpublished: string[] = []
  #control: Server | null = null
  #timer: NodeJS.Timeout | null = null
  #ticks = 0
  /** One thing at a time per node, and one on the table with the cards; commands to different nodes run beside each other. */
  readonly #queues = new Map<number, Promise<unknown>>()

  constructor(layout: Layout, log: (line: string) => void) {
    this.#layout = layout
    this.#log = log
  }

  /** Takes over whatever runs, opens the gateway, and serves commands until `down`. */
  async serve(): Promise<void> {
    const layout = this.#layout
    await mkdir(layout.state, { recursive: true, mode: 0o700 })
    await mkdir(layout.runtime, { recursive: true, mode: 0o700 })
    await writeFile(`${layout.runtime}/supervisor.pid`, `${process.pid}\n`)
    this.#record = await readRecord(layout)
    this.#login = await makeLogin(layout)
    leadThrough(layout.subnet, layout.gateway)
    await raiseNetwork(layout)
    const mirrors = await readMirrors()
    await rm(layout.packages, { force: true })
    this.#packages = await startPackageCache({
      listen: layout.packages,
      dir: archiveFolder(),
      allowedHosts: mirrors.hosts,
      secureHosts: mirrors.secureHosts,
      upstreamProxy: mirrors.proxy,
      registry: mirrors.registry,
      onLine: this.#log,
    })
    this.#gateway = await startGateway(layout, this.#log)
    this.#dhcp = startDhcp(layout, this.#log)
    for (const { port, host, targetPort } of publishedPorts(layout))
      await publish(port, { host, port: targetPort }).then(
        (server) => this.#published.push(server),
        (error: Error) =>
          this.#unpublished.push(
            `127.0.0.1:${port} is in use, so it is not forwarded to ${host}:${targetPort} (${error.message})`,
          ),
      )
    if (this.#record) await this.#cards().lay(0, 0)
    this.#control = await serveControl(layout.control, (request, onLine) => this.#handle(request, onLine))
    this.#log(`lab ${layout.id} is served by process ${process.pid}`)
    this.#watch()
  }

  async #handle(request: Request, onLine: (line: string) => void): Promise<void> {
    if (request.do !== 'ping') this.#log(`command: ${JSON.stringify(request)}`)
    switch (request.do) {
      case 'ping':
        return
      case 'up':
        return this.#up(request, onLine)
      case 'down':
        return this.#down(onLine)
      case 'cards':
      case 'card-insert':
      case 'card-remove':
      case 'card-eject':
      case 'card-blank':
      case 'card-damage':
        return this.#inTurn(table, () => this.#moveCard(request))
      case 'board': {
        const node = this.#find(request.node)
        return this.#inTurn(node.number, () => this.#expose(node, request.change))
      }
      default: {
        const node = this.#find(request.node)
        return this.#inTurn(node.number, () => this.#command(request.do, node))
      }
    }
  }

  #moveCard(request: CardRequest): Promise<void> {
    return this.#cards().move(request, (name, work) => {
      const { number } = this.#find(name)
      return this.#inTurn(number, () => work(number))
    })
  }

  async #up(wish: UpRequest, onLine: (line: string) => void): Promise<void> {
    const { nodes, release, golden, memoryMB, layers, built, diskMB } = wish
    for (const line of this.#unpublished) onLine(line)
    const record = this.#recordOf()
    if (
      record.nodes.some((node) => node.layers.length > 0) &&
      layers.length > 0 &&
      (record.release !== release || record.golden !== golden)
    )
      throw new LabError(
        'lab-differs',
        `Lab ${record.id} already has ${record.golden ? 'golden ' : ''}${record.release} nodes. Remove it with \`./bramble lab down --id ${record.id}\`, or choose another --id.`,
      )
    Object.assign(record, { release, golden, memoryMB })
    for (let number = record.nodes.length + 1; number <= nodes; number++)
      record.nodes.push({
        ...{ number, layers, power: 'off', cut: false },
        ...(built ? { built: `${built}/${nodeLayout(this.#layout, number).name}` } : {}),
        ...(diskMB ? { diskMB } : {}),
      })
    await this.#save()
    const results = await Promise.allSettled(
      record.nodes.map((node) =>
        this.#inTurn(node.number, async () => {
          const isWaitingForCard = node.layers.length === 0 && node.power === 'off'
          if (isWaitingForCard || (await hasPower(this.#place(node)))) return
          await this.#powerOn(node)
          onLine(`${this.#place(node).name} is on at ${this.#place(node).address}`)
        }),
      ),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    await this.#writeKnownHosts()
    await Promise.all(record.nodes.map((node) => this.#answers(node)))
  }

  async #command(what: 'power-off' | 'power-on' | 'reboot' | 'cut' | 'heal' | 'reflash', node: NodeRecord) {
    const place = this.#place(node)
    const isOn = await hasPower(place)
    if (!isOn && (what === 'reboot' || what === 'cut' || what === 'heal'))
      throw new LabError(
        'lab-node-off',
        `${place.name} is off. Turn it on with \`./bramble lab power ${place.name} on\`.`,
      )
    if (what === 'power-off') {
      node.power = 'off'
      node.cut = false
      await this.#save()
      await pullPlug(this.#layout, place)
    } else if (what === 'power-on') {
      if (!isOn) await this.#powerOn(node)
      await this.#answers(node)
    } else if (what === 'cut' || what === 'heal') {
      node.cut = what === 'cut'
      await this.#save()
      await plug(this.#layout, place, !node.cut)
      await this.#answers(node)
    } else if (what === 'reflash') {
      if (node.layers.length === 0 || this.#cards().inNode(node.number))
        throw new LabError(
          'lab-node-card',
          `${place.name} boots from a card, which is flashed in the reader. Turn it off, remove the card with \`./bramble lab card remove ${place.name}\`, and flash it.`,
        )
      if (isOn) await pullPlug(this.#layout, place)
      await eraseDisk(place)
      delete node.built
      node.cut = false
      await this.#powerOn(node)
      await this.#writeKnownHosts()
      await waitForSsh(place)
    } else await this.#reboot(node)
  }

  async #expose(node: NodeRecord, change: BoardChange | null): Promise<void> {
    const { cardErrors = 0, ...board }: BoardChange = change ?? calm
    node.board = { ...calm, ...node.board, ...board }
    await this.#save()
    const place = this.#place(node)
    if (await hasPower(place)) await exposeBoard(place, node.board, cardErrors)
  }

  async #reboot(node: NodeRecord): Promise<void> {
    const place = this.#place(node)
    await askReboot(place)
    await waitFor(`${place.name} to shut down`, 150_000, async () => (await exitStatus(place)) !== null)
    await this.#settle(node)
    await this.#answers(node)
  }

  /** Until it answers SSH. A card says which address a node has, and may say a wrong one: who flashed it waits for it. */
  async #answers(node: NodeRecord): Promise<void> {
    const isOwn = node.layers.length > 0 && !this.#cards().inNode(node.number)
    if (isOwn && !node.cut) await waitForSsh(this.#place(node))
  }

  async #powerOn(node: NodeRecord): Promise<void> {
    const place = this.#place(node)
    const supply = { memoryMB: this.#record!.memoryMB, plugged: !node.cut, board: node.board ?? calm }
    if (this.#cards().inNode(node.number)) {
      await insertFlashedCard(this.#layout, place)
      await boot(this.#layout, place, { ...supply, card: { words: await bootWords(place) } })
    } else if (node.layers.length > 0) {
      const { layers, built, diskMB: megabytes } = node
      await insertDisk(this.#layout, place, { layers, built, megabytes }, this.#login!)
      await boot(this.#layout, place, supply)
    } else
      throw new LabError(
        'lab-no-card',
        `${place.name} has no card to boot from. Insert one with \`./bramble lab card insert slot-1 ${place.name}\`.`,
      )
    node.power = 'on'
    await this.#save()
  }

  /** Looks at every node once a second: a reboot is booted again, a shutdown is cleared away. Memory is told every five. */
  #watch(): void {
    this.#timer = setTimeout(async () => {
      this.#ticks++
      for (const node of this.#record?.nodes ?? []) {
        if (node.power === 'off') continue
        const place = this.#place(node)
        if (await hasPower(place)) {
          if (this.#ticks % 5 !== 0) continue
          await refreshMemory(place, this.#record!.memoryMB).catch(() => undefined)
        } else if (!this.#queues.has(node.number))
          this.#inTurn(node.number, () => this.#settle(node)).catch((error: Error) =>
            this.#log(`${place.name}: ${error.message}`),
          )
      }
      if (this.#timer) this.#watch()
    }, 1000)
  }

  /** A node that should run and does not: boot it again after a reboot or a restart of this machine, else it is off. */
  async #settle(node: NodeRecord): Promise<void> {
    const place = this.#place(node)
    if (node.power === 'off') return
    await waitFor(`${place.name} to end`, 15_000, async () => !(await hasPower(place))).catch(() => undefined)
    if (await hasPower(place)) return
    const status = await exitStatus(place)
    await ejectDisk(place)
    if (status === rebootStatus) {
      this.#log(`${place.name} reboots`)
      await this.#powerOn(node)
      return
    }
    this.#log(`${place.name} is off (exit status ${status})`)
    node.power = 'off'
    node.cut = false
    await this.#save()
    await clearAway(this.#layout, place)
  }

  async #down(onLine: (line: string) => void): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    for (const node of this.#record?.nodes ?? []) node.power = 'off'
    await Promise.allSettled([...this.#queues.values()])
    if (this.#record) await this.#save()
    for (const server of this.#published) server.close()
    await this.#gateway?.close()
    await this.#dhcp?.close()
    await this.#packages?.close()
    await tearDown(this.#layout, onLine)
    this.#log('down')
    this.#control?.close()
    setTimeout(() => process.exit(0), 200)
  }

  #find(name: string): NodeRecord {
    const nodes = this.#record?.nodes ?? []
    const found = nodes.find((node) => this.#place(node).name === name)
    if (!found)
      throw new LabError(
        'lab-no-node',
        `Lab ${this.#layout.id} has no node ${name}: it has ${nodes.map((node) => this.#place(node).name).join(', ') || 'none'}.`,
      )
    return found
  }

  #place(node: NodeRecord) {
    return nodeLayout(this.#layout, node.number)
  }

  #recordOf(): LabRecord {
    this.#record ??= { id: this.#layout.id, release: 'trixie', golden: false, memoryMB: 1024, nodes: [], slots: [] }
    return this.#record
  }

  #cards(): CardTable {
    return new CardTable(this.#layout, this.#recordOf(), () => this.#save())
  }

  #inTurn<T>(queue: number, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(queue) ?? Promise.resolve()
    const turn = before.catch(() => undefined).then(work)
    this.#queues.set(queue, turn)
    const clear = () => {
      if (this.#queues.get(queue) === turn) this.#queues.delete(queue)
    }
    turn.then(clear, clear)
    return turn
  }

  #saving: Promise<void> = Promise.resolve()
  #save(): Promise<void> {
    this.#saving = this.#saving.catch(() => undefined).then(() => writeRecord(this.#layout, this.#record!))
    return this.#saving
  }

  async #writeKnownHosts(): Promise<void> {
    const lines: string[] = []
    for (const node of this.#record!.nodes) {
      const key = await hostKeyOf(this.#place(node))
      if (key) lines.push(`${this.#place(node).address} ${key.line}\n`)
    }
    await writeFile(this.#layout.knownHosts, lines.join(''), { mode: 0o600 })
  }
}
