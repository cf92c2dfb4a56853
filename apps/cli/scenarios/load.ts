/** pgbench and wrk on a Pi of the lab that is no part of the cluster, and what they met. */
import { readFile } from 'node:fs/promises'
import { type LabStatus, sshCommand } from '@bramble/lab'
import { must, start } from '@bramble/process'

export interface Met {
  /** Writing transactions that were acknowledged. */
  transactions: number
  /** Acknowledged ones whose row is not there. */
  missing: number
  /** Connections of the writers that broke or could not be made. */
  writeErrors: number
  requests: number
  /** Answers that were none (refused, broken, over 5 s) and those beyond 3xx. */
  failedRequests: number
}

export interface Load {
  stop(): Promise<Met>
}

export interface Target {
  address: string
  user: string
  database: string
  password: string
}

/** Some 20 transactions and 80 requests a second. Returns when they have begun. */
export async function startLoad(lab: LabStatus, node: string, target: Target): Promise<Load> {
  const ssh = await sshCommand({ id: lab.id, node })
  const as = (argv: readonly string[], stdin?: string) =>
    must([...ssh, 'sudo', ...argv], { timeout: 300_000, ...(stdin === undefined ? {} : { stdin }) })
  await as(['apt-get', 'update'])
  await as(['apt-get', 'install', '-y', 'wrk'])
  await as(['tee', '/root/load.sh'], await readFile(new URL('load.sh', import.meta.url), 'utf8'))
  const { address, user, database, password } = target
  const clients = start([...ssh, 'sudo', 'bash', '/root/load.sh', address, user, database], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  let complained = ''
  const ended = new Promise<void>((resolve) => clients.once('close', () => resolve()))
  const begun = new Promise<void>((resolve) =>
    clients.stdout?.on('data', (chunk) => {
      said += String(chunk)
      if (said.startsWith('started')) resolve()
    }),
  )
  clients.stderr?.on('data', (chunk) => (complained += String(chunk)))
  clients.stdin?.write(`${password}\n`)
  await Promise.race([begun, ended])
  if (clients.exitCode !== null) throw new Error(`The load did not begin: ${complained}`)
  return {
    async stop() {
      clients.stdin?.end()
      await ended
      return metIn(said, complained)
    },
  }
}

function metIn(said: string, complained: string): Met {
  const sum = (pattern: RegExp) => [...said.matchAll(pattern)].reduce((total, [, n]) => total + Number(n), 0)
  const rows = /^rows: (\d+)$/m.exec(said)?.[1]
  if (rows === undefined || !/requests in/.test(said))
    throw new Error(`The load told no counts:\n${said}\n${complained}`)
  const transactions = sum(/^number of transactions actually processed: (\d+)/gm)
  const [, ...errors] = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(said) ?? []
  return {
    transactions,
    missing: Math.max(0, transactions - Number(rows)),
    writeErrors: [...said.matchAll(/^pgbench: error: (?:client \d+ .*aborted|connection to server)/gm)].length,
    requests: sum(/(\d+) requests in/g),
    failedRequests: sum(/Non-2xx or 3xx responses: (\d+)/g) + errors.reduce((total, n) => total + Number(n), 0),
  }
}
