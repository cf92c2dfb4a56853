/** `./bramble cards`, and the card that a path means. */
import { type Card, CardIdentity } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { listCards } from '@bramble/provision/flash'
import { Command } from 'commander'
import { defaultDataDir } from '../supervisor/data.ts'
import { gigabytes } from './bytes.ts'

export function cardsCommand(): Command {
  return new Command('cards')
    .description('list the cards and disks of this machine, and why some cannot be written')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const cards = await listCards({ protect: [defaultDataDir()] })
      process.stdout.write(json ? `${JSON.stringify(cards, null, 2)}\n` : cardsText(cards))
    })
}

function cardsText(cards: readonly Card[]): string {
  if (cards.length === 0) return 'No card is in a reader of this machine.\n'
  const lines = cards.map((card) => {
    const name = [card.vendor, card.model].filter(Boolean).join(' ') || card.bus
    const offer =
      card.offer === 'offered' ? '' : `  (${card.offer === 'never' ? 'not writable' : 'fixed disk'}: ${card.reason})`
    return `${card.identity.path.padEnd(14)} ${gigabytes(card.identity.size).padStart(9)}  ${name}: ${card.contents.words}${offer}`
  })
  return `${lines.join('\n')}\n`
}

/** Trouble `bad-option`, `card-gone`, `card-protected`. */
export async function findCard(path: string, protect: readonly string[]): Promise<Card> {
  if (!CardIdentity.shape.path.safeParse(path).success)
    throw new Trouble('bad-option', `--to ${path} is not a device.`, 'Give a path such as /dev/sdb.')
  const card = (await listCards({ protect })).find(({ identity }) => identity.path === path)
  if (!card) throw new Trouble('card-gone', `There is no card at ${path}.`, './bramble cards lists all cards.')
  if (card.offer === 'never')
    throw new Trouble(
      'card-protected',
      `${path} cannot be written: ${card.reason}`,
      './bramble cards lists the others.',
    )
  return card
}
