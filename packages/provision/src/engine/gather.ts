/** Asks a node: all facts in one round trip. */
import { readFileSync } from 'node:fs'
import type { ExecOptions, Transport } from './transport.ts'
import { type Fact, type Facts, Trouble } from './types.ts'

const text = (name: string) => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
const script = `${text('on-disk.py')}${text('gather.py')}`

/**
 * Values of the named facts. Trouble: `no-python`, `sudo-password`, `no-sudo`, `gather-failed`, `answer-unreadable`, and the
 * transport's own.
 */
export async function gather(
  transport: Transport,
  facts: readonly Fact<unknown>[],
  options: Pick<ExecOptions, 'signal'> = {},
): Promise<Facts> {
  const asked = [...new Map(facts.map((fact) => [fact.key, fact])).values()]
  const result = await transport.exec(['python3', '-I', '-c', script], {
    ...options,
    as: 'root',
    stdin: JSON.stringify(asked.map((fact) => fact.query)),
    timeout: 90_000,
  })
  if (result.code !== 0) throw refusal(result.stderr, result.code)
  const answers = answersIn(result.stdout)
  if (answers?.length !== asked.length) throw nonsense('The node returned an unexpected response.')
  const answered = knownFacts(new Map(asked.map((fact, i) => [fact.key, answers[i]])))
  // Read here, so that an answer without sense is this node's trouble, and nobody's later.
  for (const fact of asked) readable(fact, answered)
  return answered
}

function answersIn(stdout: string): unknown[] | null {
  try {
    const answers: unknown = JSON.parse(stdout)
    return Array.isArray(answers) ? answers : null
  } catch {
    return null
  }
}

function readable(fact: Fact<unknown>, facts: Facts): void {
  try {
    facts.of(fact)
  } catch (error) {
    throw nonsense(`The response of the node for "${fact.key}" is invalid: ${(error as Error).message.slice(0, 200)}`)
  }
}

const nonsense = (message: string) =>
  new Trouble(
    'answer-unreadable',
    message,
    'The Pi is damaged, or another machine responds at its address. Check it, then press Retry.',
  )

/** Facts over answers that are already there: by key. */
export function knownFacts(answers: ReadonlyMap<string, unknown>): Facts {
  return {
    of(fact) {
      if (!answers.has(fact.key))
        throw new Error(`The fact "${fact.key}" was not read: add it to the reads of the step`)
      return fact.read(answers.get(fact.key))
    },
  }
}

/** Why a script on the node ended before it answered. */
export function refusal(stderr: string, code: number | null): Trouble {
  if (/python3.*not found|No such file.*python3/i.test(stderr))
    return new Trouble(
      'no-python',
      'Python 3 is not installed on the node.',
      'Use Raspberry Pi OS or Debian, or run: sudo apt install python3',
    )
  if (/password is required|a terminal is required/i.test(stderr))
    return new Trouble(
      'sudo-password',
      'sudo asks this user for a password.',
      'On the Pi, run: echo "$USER ALL=(ALL) NOPASSWD: ALL" | sudo tee /etc/sudoers.d/010_bramble',
    )
  if (/sudo.*not found|not in the sudoers/i.test(stderr))
    return new Trouble(
      'no-sudo',
      'The user has no permission to use sudo on the node.',
      'Sign in as a user with sudo, such as the first user of Raspberry Pi OS.',
    )
  return new Trouble(
    'gather-failed',
    `The state of the node could not be read (${code ?? 'connection lost'}): ${stderr.trim().slice(-500)}`,
    'Check the node, then press Retry.',
  )
}
