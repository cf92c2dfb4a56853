/** The passphrase of a backup: typed where somebody sits, else read from a file. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Trouble } from '@bramble/provision'

const shortest = 12

export interface PassphraseOptions {
  /** A file with the passphrase in its first line. */
  passphraseFile?: string
  /** The keys.json of the Bramble that made a backup before an upgrade. */
  keys?: string
}

/** `twice`: it is a new one. Troubles `passphrase-short`, `passphrase-differs`, `no-passphrase`. */
export async function askPassphrase(options: PassphraseOptions, twice: boolean): Promise<string> {
  const given = await fromFile(options)
  if (given !== null) return checked(given, twice)
  if (!process.stdin.isTTY)
    throw new Trouble(
      'no-passphrase',
      'There is no terminal to enter the passphrase.',
      'Give it with --passphrase-file.',
    )
  const typed = checked(await typePassphrase('Passphrase: '), twice)
  if (twice && (await typePassphrase('Repeat the passphrase: ')) !== typed)
    throw new Trouble('passphrase-differs', 'The passphrases do not match.', 'Run the command again.')
  return typed
}

async function fromFile({ passphraseFile, keys }: PassphraseOptions): Promise<string | null> {
  const file = keys ?? passphraseFile
  if (file === undefined) return null
  try {
    const text = await readFile(file, 'utf8')
    return keys
      ? String((JSON.parse(text) as { secretKey?: unknown }).secretKey ?? '')
      : (text.split('\n')[0] ?? '').trim()
  } catch (error) {
    throw new Trouble('no-passphrase', `${file} has no passphrase: ${(error as Error).message}.`, 'Check the path.')
  }
}

function checked(text: string, fresh: boolean): string {
  if (text === '' || (fresh && text.length < shortest))
    throw new Trouble(
      'passphrase-short',
      fresh ? `A passphrase needs ${shortest} or more characters.` : 'The passphrase is empty.',
      'Several words are easy to remember. Without the passphrase the backup cannot be opened.',
    )
  return text
}

/** Nothing of it is shown. */
function typePassphrase(words: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(words)
  return new Promise((resolve, reject) => {
    terminal.question('', (typed) => {
      terminal.close()
      process.stderr.write('\n')
      resolve(typed)
    })
    terminal.once('SIGINT', () => {
      terminal.close()
      reject(new Trouble('cancelled', 'Cancelled.', ''))
    })
  })
}
