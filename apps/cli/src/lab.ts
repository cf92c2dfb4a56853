/** `./bramble lab …`: virtual Pis on this machine. */
import * as lab from '@bramble/lab'
import { start } from '@bramble/provision/local'
import { Command, InvalidArgumentError, Option } from 'commander'
import { gigabytes } from './bytes.ts'
import { type ChaosOptions, chaos } from './chaos.ts'

const onLine = (line: string) => process.stderr.write(`${line}\n`)

interface Which {
  id: number
}

export function labCommand(): Command {
  const command = new Command('lab')
    .description('virtual Pis on this machine, to rehearse on (Linux, root)')
    // Needed by `ssh`: the words after the node belong to the command there.
    .enablePositionalOptions()
  command
    .command('up')
    .description('start the lab; add the nodes that are missing, power on those that are off')
    .addOption(idOption())
    .option('--nodes <n>', 'how many nodes there should be', wholeNumber, 4)
    .addOption(new Option('--release <name>', 'Debian release of new nodes').choices([...lab.releases]))
    .option('--golden', 'with the packages of all roles installed beforehand: saves minutes of provisioning')
    .option('--memory <MB>', 'memory of each node', wholeNumber, 1024)
    .option(
      '--card <size>',
      'what the disk of a new node holds, such as 4G; default: as much as this machine has',
      cardSize,
    )
    .option('--empty', 'new nodes have no disk and no power: each waits for a flashed card')
    .option('--slots <n>', 'a card reader with this many slots, blank cards in them', wholeNumber)
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
    .description('end the lab and erase its disks')
    .addOption(idOption())
    .option('--keep-disks', 'the nodes come back as they were at the next up', false)
    .action(({ id, keepDisks }: Which & { keepDisks: boolean }) => lab.down({ id, keepDisks, onLine }))
  command
    .command('status')
    .description('what there is, and how to reach it')
    .addOption(idOption())
    .option('--json', 'print it as JSON')
    .action(async ({ id, json }: Which & { json?: boolean }) => print(await lab.status({ id }), json))
  command
    .command('power')
    .description('pull a node’s plug, or put it back')
    .argument('<node>')
    .argument('<on|off>', 'on or off', (value) => {
      if (value !== 'on' && value !== 'off') throw new InvalidArgumentError('Say on or off.')
      return value
    })
    .addOption(idOption())
    .action(async (node: string, state: 'on' | 'off', { id }: Which) =>
      print(await (state === 'on' ? lab.powerOn : lab.powerOff)({ id, node })),
    )
  const verbs = [
    ['reboot', 'reboot a node cleanly', lab.reboot],
    ['cut', 'pull a node’s network cable', lab.cut],
    ['heal', 'put the network cable back', lab.heal],
    ['reflash', 'give a node a fresh card: factory state, new host keys', lab.reflash],
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
    .description('a shell on a node, or one command there')
    .argument('<node>')
    .argument('[command...]')
    .addOption(idOption())
    .passThroughOptions()
    .action(async (node: string, words: string[], { id }: Which) => {
      await follow([...(await lab.sshCommand({ id, node })), ...words])
    })
  command
    .command('console')
    .description('a root shell on a node as with keyboard and screen, or one command there; needs no login')
    .argument('<node>')
    .argument('[command...]')
    .addOption(idOption())
    .passThroughOptions()
    .action(async (node: string, words: string[], { id }: Which) => {
      await follow([...(await lab.consoleCommand({ id, node })), ...(words.length > 0 ? words : ['/bin/bash', '-l'])])
    })
  command
    .command('chaos')
    .description('build a cluster, break it at random for a while, and say whether it came back and lost nothing')
    .addOption(idOption())
    .option('--minutes <n>', 'how long', wholeNumber, 5)
    .option('--seed <n>', 'which faults in which order: the same number plays the same', wholeNumber, 1)
    .option('--nodes <n>', 'how many nodes, when the lab is new', wholeNumber, 4)
    .option('--asynchronous', 'without synchronous replication: the last writes may be lost, and are counted')
    .option('--data <folder>', 'where the cluster’s secrets are kept (default: $XDG_DATA_HOME/bramble)')
    .option('--json', 'print the verdict as JSON')
    .action((options: ChaosOptions) => chaos(options))
  command.addCommand(boardCommand())
  command.addCommand(cardCommand())
  command
    .command('cards')
    .description('a card reader: its slots are devices of this machine, which can be flashed')
    .addOption(idOption())
    .option('--slots <n>', 'how many slots there should be', wholeNumber, 0)
    .option('--size <size>', 'what a new card holds, such as 4G or 512M', cardSize)
    .option('--json', 'print them as JSON')
    .action(async ({ id, slots, size, json }: Which & { slots: number; size?: number; json?: boolean }) => {
      const found = await lab.cards({ id, slots, ...(size ? { size } : {}) })
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : `${slotLines(found).join('\n')}\n`)
    })
  command
    .command('image')
    .description('build an image for cards, laid out as Raspberry Pi OS, and print its path')
    .addOption(new Option('--release <name>', 'Debian release').choices([...lab.releases]).default('trixie'))
    .option('--golden', 'with the packages of all roles', false)
    .addOption(new Option('--compress <how>', 'its compression').choices(['zst', 'xz']).default('zst'))
    .action(async ({ release, golden, compress }: ImageOptions) => {
      process.stdout.write(`${await lab.buildImage({ release, golden, compression: compress, onLine })}\n`)
    })
  command
    .command('prepare')
    .description('build the cached base system and start nothing')
    .addOption(new Option('--release <name>', 'Debian release').choices([...lab.releases]).default('trixie'))
    .option('--golden', 'and the layer with the packages of all roles', false)
    .action(({ release, golden }: { release: lab.Release; golden: boolean }) =>
      lab.prepare({ release, golden, onLine }),
    )
  return command
}

function boardCommand(): Command {
  return new Command('board')
    .description('heat, weak power and a dying card, as a node’s firmware and kernel tell of them')
    .argument('<node>')
    .addOption(idOption())
    .option('--temperature <degrees>', 'of the processor, in °C', degrees)
    .option('--undervoltage', 'the power supply is too weak')
    .option('--throttled', 'the firmware slows the processor down')
    .option('--card-errors <n>', 'the kernel reports that many errors of the card', wholeNumber)
    .option('--calm', 'all is well again; that it was not, the firmware remembers until the node loses power')
    .action(async (node: string, { id, calm, ...change }: Which & lab.BoardChange & { calm?: boolean }) =>
      print(await lab.board({ id, node, change: calm ? null : change })),
    )
}

function cardCommand(): Command {
  const command = new Command('card').description('put a card into the reader or a node, take it out, erase it')
  const verb = (name: string, words: string) => command.command(name).description(words).addOption(idOption())
  verb('insert', 'out of the reader and into a node that is off; without a node: back into the reader')
    .argument('<slot>')
    .argument('[node]')
    .action(async (slot: string, node: string | undefined, { id }: Which) =>
      print(await lab.insertCard({ id, slot, ...(node ? { node } : {}) })),
    )
  verb('remove', 'out of a node that is off and back into the reader')
    .argument('<node>')
    .action(async (node: string, { id }: Which) => print(await lab.takeCard({ id, node })))
  verb('eject', 'out of the reader')
    .argument('<slot>')
    .action(async (slot: string, { id }: Which) => print(await lab.ejectCard({ id, slot })))
  verb('blank', 'erase everything on it, as a card from the shop')
    .argument('<slot>')
    .action(async (slot: string, { id }: Which) => print(await lab.blankCard({ id, slot })))
  verb('damage', 'make it a slow, broken or forged card, blank; without an option a good one again')
    .argument('<slot>')
    .option('--slow <rate>', 'what it takes in a second, such as 10M; it gives twice as much', cardSize)
    .option('--error-at <sector>', 'writes to this 512-byte sector fail', wholeNumber)
    .option('--fake-size <size>', 'what it really keeps, such as 1G', cardSize)
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

const idOption = () => new Option('--id <n>', 'which lab, 0 to 255').argParser(wholeNumber).default(0)

function wholeNumber(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('A whole number is needed.')
  return Number(value)
}

function degrees(value: string): number {
  if (!/^\d{1,3}(\.\d)?$/.test(value)) throw new InvalidArgumentError('Degrees such as 84 or 84.5 are needed.')
  return Number(value)
}

/** Bytes of `4G`, `512M`, `10M`. */
function cardSize(value: string): number {
  const match = /^(\d{1,6})([MG])$/.exec(value)
  if (!match) throw new InvalidArgumentError('A size such as 4G or 512M is needed.')
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
      `${status.memoryMB} MB each; ${status.running ? 'running' : 'its supervisor is down: ./bramble lab up brings it back'}`,
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
    const place = node ? `in ${node}` : (device ?? 'out of the reader')
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
