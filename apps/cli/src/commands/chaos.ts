/** `./bramble lab chaos`: a rehearsal of everything that can happen at once, on virtual Pis. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as lab from '@bramble/lab'
import { apply, Trouble } from '@bramble/provision'
import { defaultDataDir } from '../supervisor/data.ts'
import { openHeadless } from './headless.ts'

export interface ChaosOptions {
  id: number
  minutes: number
  seed: number
  nodes: number
  asynchronous?: boolean
  json?: boolean
  data?: string
}

const onLine = (line: string) => process.stderr.write(`${line}\n`)
/** MB of a node's disk: small enough that a full card is quickly made, large enough for a cluster. */
const diskMB = 4096

/** Builds a cluster on the lab if there is none, breaks it for as long, and says the verdict. Exit status 1 unless it passed. */
export async function chaos(options: ChaosOptions): Promise<void> {
  const { id, minutes, seed, nodes, data } = options
  const before = await lab.status({ id })
  refuseForeign(before, data)
  const now =
    before.nodes.length > 0
      ? await lab.up({ id, nodes: before.nodes.length, onLine })
      : await lab.up({ id, nodes, golden: true, diskMB, onLine })
  const headless = await openHeadless(now.clusterFile, data ? { data } : {})
  const cancel = new AbortController()
  const onSignal = () => cancel.abort()
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const { secrets, fleet } = headless
    const spec = { ...headless.spec, preset: 'fast' as const, synchronous: !options.asynchronous }
    const input = { spec, secrets, fleet, signal: cancel.signal }
    onLine('building the cluster')
    const outcome = await apply({ ...input, approved: null, emit: () => undefined })
    if (outcome.status !== 'succeeded') throw new Trouble('not-built', outcome.message, 'Fix this first.')
    const sizedDisks = now.nodes.every((node) => node.diskMB !== null)
    const verdict = await lab.runChaos({ ...input, id, minutes, seed, sizedDisks, onLine })
    process.stdout.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : `${lab.verdictText(verdict)}\n`)
    if (!verdict.passed) process.exitCode = 1
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await headless.close()
  }
}

/** Its secrets are not at hand: making them anew would lock whoever built that cluster out of it. */
function refuseForeign({ id, nodes }: lab.LabStatus, data: string | undefined): void {
  const name = id === 0 ? 'lab' : `lab-${id}`
  if (nodes.length === 0 || existsSync(join(data ?? defaultDataDir(), 'clusters', name, 'secrets.json'))) return
  throw new Trouble(
    'foreign-cluster',
    `Lab ${id} has nodes whose cluster was not built by this command.`,
    `Choose another --id, or remove the lab first: ./bramble lab down --id ${id}`,
  )
}
