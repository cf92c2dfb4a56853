/** `./bramble lab …`: virtual Pis on this machine. */
import * as lab from '@bramble/lab'
import { start } from '@bramble/process'
import { Command, InvalidArgumentError, Option } from 'commander'
import { gigabytes } from './bytes.ts'
import { type ChaosOptions, chaos } from './chaos.ts'

const onLine = (line: string) => process.stderr.write(`${line}\n`)

interface Which {
  id: number
}

export function labCommand(): Command {
  const command = new Command('lab')
    .description('virtual Pis on this machine for testing (Linux, root)')
    // Needed by `ssh`: the words after the node belong to the command there.
    .enablePositionalOptions()
  command
    .command('up')
    .description('start the lab; create missing nodes and power on all nodes')
    .addOption(idOption())
    .option('--nodes <n>', 'number of nodes', wholeNumber, 4)
    .addOption(new Option('--release <name>', 'Debian release of new nodes').choices([...lab.releases]))
    .option('--golden', 'preinstall the packages of all roles, which makes provisioning faster')
    .option('--memory <MB>', 'memory of each node', wholeNumber, 1024)
    .option('--card <size>', 'disk size of new nodes, such as 4G; default: not limited', cardSize)
    .option('--empty', 'new nodes have no disk and are off until they get a flashed card')
    .option('--slots <n>', 'number of slots of the card reader, filled with blank cards', wholeNumber)
    .option('--json', 'print the state as JSON')
    .action(async (options: Which & UpOptions) => {
      const { id, nodes, release, golden, memory: memoryMB, card, empty, slots, json } = options
      const optional = {
        ...(release ? { release } : {}),
        ...(golden === undefined ? {} : { golden }),
        ...(card ? { diskMB: card / 2 ** 20 } : {}),
        ...(empty ? { empty } : {}),
        ...(slots ? { slots } : {}),
      }
      print(await lab.up({ id, nodes, memoryMB, onLine, ...optional }), json)
    })
  command
    .command('down')
    .description('stop the lab and delete its disks')
    .addOption(idOption())
    .option('--keep-disks', 'keep the disks for the next "lab up"', false)
    .action(({ id, keepDisks }: Which & { keepDisks: boolean }) => lab.down({ id, keepDisks, onLine }))
  command
    .command('status')
    .description('show the lab and how to connect to it')
    .addOption(idOption())
    .option('--json', 'print it as JSON')
    .action(async ({ id, json }: Which & { json?: boolean }) => print(await lab.status({ id }), json))
  command
    .command('power')
    .description('cut or restore the power of a node')
    .argument('<node>')
    .argument('<on|off>', 'on or off', (value) => {
      if (value !== 'on' && value !== 'off') throw new InvalidArgumentError('Use on or off.')
      return value
    })
    .addOption(idOption())
    .action(async (node: string, state: 'on' | 'off', { id }: Which) =>
      print(await (state === 'on' ? lab.powerOn : lab.powerOff)({ id, node })),
    )
  const verbs = [
    ['reboot', 'reboot a node cleanly', lab.reboot],
    ['cut', 'disconnect the network of a node', lab.cut],
    ['heal', 'reconnect the network of a node', lab.heal],
    ['reflash', 'reset a node to a new card: factory state, new host keys', lab.reflash],
  ] as const
  for (const [name, words, verb] of verbs)
    command
      .command(name)
      .description(words)
      .argument('<node>')
      .addOption(idOption())
      .action(async (node: string, { id }: Which) => print(await verb({ id, node })))
  command
    .command('ssh')
    .description('open a shell on a node, or run a command there')
    .argument('<node>')
    .argument('[command...]')
    .addOption(idOption())
    .passThroughOptions()
    .action(async (node: string, words: string[], { id }: Which) => {
      await follow([...(await lab.sshCommand({ id, node })), ...words])
    })
  command
    .command('console')
    .description('open a root console on a node, or run a command there; needs no login')
    .argument('<node>')
    .argument('[command...]')
    .addOption(idOption())
    .passThroughOptions()
    .action(async (node: string, words: string[], { id }: Which) => {
      await follow([...(await lab.consoleCommand({ id, node })), ...(words.length > 0 ? words : ['/bin/bash', '-l'])])
    })
  command
    .command('chaos')
    .description('build a cluster, inject random faults, and check that it recovers and loses no data')
    .addOption(idOption())
    .option('--minutes <n>', 'duration', wholeNumber, 5)
    .option('--seed <n>', 'seed of the random faults: the same seed repeats the same faults', wholeNumber, 1)
    .option('--nodes <n>', 'number of nodes of a new lab', wholeNumber, 4)
    .option('--asynchronous', 'use asynchronous replication: the latest writes can be lost, and are counted')
    .option('--data <folder>', 'data directory with the secrets of the cluster (default: $XDG_DATA_HOME/bramble)')
    .option('--json', 'print the result as JSON')
    .action((options: ChaosOptions) => chaos(options))
  command.addCommand(boardCommand())
  command.addCommand(cardCommand())
  command
    .command('cards')
    .description('emulate a card reader: its slots are devices of this machine that can be flashed')
    .addOption(idOption())
    .option('--slots <n>', 'number of slots', wholeNumber, 0)
    .option('--size <size>', 'size of new cards, such as 4G or 512M', cardSize)
    .option('--json', 'print them as JSON')
    .action(async ({ id, slots, size, json }: Which & { slots: number; size?: number; json?: boolean }) => {
      const found = await lab.cards({ id, slots, ...(size ? { size } : {}) })
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : `${slotLines(found).join('\n')}\n`)
    })
  command
    .command('image')
    .description('build a card image with the layout of Raspberry Pi OS, and print its path')
    .addOption(new Option('--release <name>', 'Debian release').choices([...lab.releases]).default('trixie'))
    .option('--golden', 'with the packages of all roles', false)
    .addOption(new Option('--compress <how>', 'its compression').choices(['zst', 'xz']).default('zst'))
    .action(async ({ release, golden, compress }: ImageOptions) => {
      process.stdout.write(`${await lab.buildImage({ release, golden, compression: compress, onLine })}\n`)
    })
  command
    .command('prepare')
    .description('build the cached base system without starting nodes')
    .addOption(new Option('--release <name>', 'Debian release').choices([...lab.releases]).default('trixie'))
    .option('--golden', 'also build the layer with the packages of all roles', false)
    .action(({ release, golden }: { release: lab.Release; golden: boolean }) =>
      lab.prepare({ release, golden, onLine }),
    )
  return command
}

function boardCommand(): Command {
  return new Command('board')
    .description('emulate heat, undervoltage and card errors as reported by firmware and kernel')
    .argument('<node>')
    .addOption(idOption())
    .option('--temperature <degrees>', 'temperature temperature of the processor, in °C', degrees)
    .option('--undervoltage', 'undervoltage')
    .option('--throttled', 'throttled processor')
    .option('--card-errors <n>', 'number of card errors reported by the kernel', wholeNumber)
    .option('--calm', 'clear all; the firmware keeps its history until the node loses power')
    .action(async (node: string, { id, calm, ...change }: Which & lab.BoardChange & { calm?: boolean }) =>
      print(await lab.board({ id, node, change: calm ? null : change })),
    )
}

function cardCommand(): Command {
  const command = new Command('card').description('insert, remove or erase a card of the reader or a node')
  const verb = (name: string, words: string) => command.command(name).description(words).addOption(idOption())
  verb('insert', 'move a card from the reader to a node that is off; without a node: back to the reader')
    .argument('<slot>')
    .argument('[node]')
    .action(async (slot: string, node: string | undefined, { id }: Which) =>
      print(await lab.insertCard({ id, slot, ...(node ? { node } : {}) })),
    )
  verb('remove', 'move a card from a node that is off back to the reader')
    .argument('<node>')
    .action(async (node: string, { id }: Which) => print(await lab.takeCard({ id, node })))
  verb('eject', 'remove a card from the reader')
    .argument('<slot>')
    .action(async (slot: string, { id }: Which) => print(await lab.ejectCard({ id, slot })))
  verb('blank', 'erase a card completely')
    .argument('<slot>')
    .action(async (slot: string, { id }: Which) => print(await lab.blankCard({ id, slot })))
  verb('damage', 'replace a card with a blank slow, faulty or counterfeit card; without options with a good one')
    .argument('<slot>')
    .option('--slow <rate>', 'write speed per second, such as 10M; reads are twice as fast', cardSize)
    .option('--error-at <sector>', '512-byte sector whose writes fail', wholeNumber)
    .option('--fake-size <size>', 'actual capacity of a counterfeit card, such as 1G', cardSize)
    .action(async (slot: string, { id, slow, errorAt, fakeSize }: Which & Damage) => {
      const faults: lab.CardFaults = {
        ...(slow ? { writeBytesPerSecond: slow, readBytesPerSecond: 2 * slow } : {}),
        ...(errorAt === undefined ? {} : { errorAt: { sector: errorAt, io: 'write' } }),
        ...(fakeSize ? { fakeRealSize: fakeSize } : {}),
      }
      print(await lab.damageCard({ id, slot, faults: Object.keys(faults).length > 0 ? faults : null }))
    })
  return command
}

interface Damage {
  slow?: number
  errorAt?: number
  fakeSize?: number
}

interface ImageOptions {
  release: lab.Release
  golden: boolean
  compress: 'zst' | 'xz'
}

interface UpOptions {
  nodes: number
  release?: lab.Release
  golden?: boolean
  memory: number
  card?: number
  empty?: boolean
  slots?: number
  json?: boolean
}

const idOption = () => new Option('--id <n>', 'number of the lab, 0 to 255').argParser(wholeNumber).default(0)

function wholeNumber(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It must be an integer.')
  return Number(value)
}

function degrees(value: string): number {
  if (!/^\d{1,3}(\.\d)?$/.test(value)) throw new InvalidArgumentError('It must be a temperature such as 84 or 84.5.')
  return Number(value)
}

/** Bytes of `4G`, `512M`, `10M`. */
function cardSize(value: string): number {
  const match = /^(\d{1,6})([MG])$/.exec(value)
  if (!match) throw new InvalidArgumentError('It must be a size such as 4G or 512M.')
  return Number(match[1]) * (match[2] === 'G' ? 2 ** 30 : 2 ** 20)
}

function print(status: lab.LabStatus, json = false): void {
  process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status))
}

/** The lab for people. */
export function statusText(status: lab.LabStatus): string {
  if (status.nodes.length === 0 && status.slots.length === 0)
    return `Lab ${status.id} has no nodes. Start it with ./bramble lab up.\n`
  const width = Math.max(0, ...status.nodes.map(({ name }) => name.length))
  const lines = [
    `Lab ${status.id}: ${status.nodes.length} nodes, ${status.release}${status.golden ? ' (packages installed)' : ''}, ` +
      `${status.memoryMB} MB each; ${status.running ? 'running' : 'its supervisor is not running: ./bramble lab up starts it'}`,
    ...status.nodes.map(
      ({ name, address, mac, state, boots, card }) =>
        `  ${name.padEnd(width)}  ${state.padEnd(3)}  ${address.padEnd(15)}  ${mac}${boots === 'disk' ? '' : `  ${card ? `card of ${card}` : 'no card'}`}`,
    ),
    ...slotLines(status.slots),
    `  virtual address ${status.vip}`,
    ...status.published.map(({ local, target }) => `  ${local} leads to ${target}`),
    `  cluster file ${status.clusterFile}`,
    `  login ${status.user}, key ${status.keyFile}, password in ${status.passwordFile}`,
  ]
  return `${lines.join('\n')}\n`
}

function slotLines(slots: readonly lab.LabSlot[]): string[] {
  return slots.map(({ name, size, used, device, node, faults }) => {
    const place = node ? `in ${node}` : (device ?? 'remove a card from the reader')
    return `  ${name.padEnd(7)}  ${place.padEnd(17)}  ${gigabytes(size)}, ${gigabytes(used)} used${faults ? ', with a fault' : ''}`
  })
}

/** Runs a command on this terminal and exits as it did. */
async function follow(argv: string[]): Promise<void> {
  const child = start(argv)
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
