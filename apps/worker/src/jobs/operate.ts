/** Switchover, restart, reinit, pause, update, upgrade, shutdown, recovery of etcd: carried out while clients write and read through the virtual IP, so that the outage is known. */
import { isUpgrading, type Operation, type RunOutcome, type Upgrading } from '@bramble/cluster'
import { type RunEnd, storePostgres } from '@bramble/db/runs'
import {
  finishUpgrade,
  goBack,
  operate,
  Trouble,
  type Upgraded,
  type UpgradeInput,
  upgradePostgres,
} from '@bramble/provision'
import { outageWords, sightWords, startWitness, type Witness } from '@bramble/provision/availability'
import type { Site } from '../sites.ts'
import { rotate } from './rotate.ts'
import type { RunWork } from './run-work.ts'

/** Seconds that the cluster gets to take a write again after the last move. */
const recovery = 60

/** Of a shutdown the outage is the purpose; without a majority of etcd or the right password nobody can write before. */
const withoutOutage: readonly Operation['kind'][] = ['shutdown', 'recover-quorum', 'reset-password', 'delete-kept-data']

export async function operateJob(work: RunWork, site: Site): Promise<RunEnd> {
  const { run, journal, signal } = work
  const { operation } = run.request
  if (!operation) throw new Trouble('no-operation', 'This run has no instructions.', 'Start it again.')
  if (run.takenOver) journal.say('The previous worker stopped: continuing where it left off.')
  const unwatched = withoutOutage.includes(operation.kind)
  const witness = unwatched ? null : await watchOutage(work, site)
  try {
    const emit = journal.emit.bind(journal)
    const input = { spec: run.spec, secrets: site.secrets, fleet: site.fleet, since: run.since, signal, emit }
    const outcome =
      operation.kind === 'rotate-secrets'
        ? await rotate(work, site, operation)
        : isUpgrading(operation)
          ? await upgrade(work, operation, { ...input, cancelled: work.cancelled })
          : await operate({ ...input, operation })
    if (unwatched) return { status: outcome.status, outcome, trouble: null }
    const told = operation.kind === 'upgrade-back' ? outageWords : sightWords
    const words = witness
      ? told(await witness.finish(recovery))
      : 'The outage was not measured: the virtual IP was unreachable before.'
    journal.say(words)
    return { status: outcome.status, outcome: withWords(outcome, words), trouble: null }
  } finally {
    await witness?.end()
  }
}

/** What became of it stands in the spec, also when the last of it failed. */
async function upgrade({ run }: RunWork, operation: Upgrading, input: UpgradeInput): Promise<RunOutcome> {
  const { outcome, postgres } = await carryUpgrade(operation, input)
  if (postgres) await storePostgres(run.clusterId, postgres)
  return outcome
}

function carryUpgrade(operation: Upgrading, input: UpgradeInput): Promise<Upgraded> {
  if (operation.kind === 'upgrade') return upgradePostgres(input, operation.to)
  return operation.kind === 'upgrade-back' ? goBack(input) : finishUpgrade(input)
}

const withWords = (outcome: RunOutcome, words: string): RunOutcome => ({
  ...outcome,
  message: `${outcome.message} ${words}`,
})

/** Null: the cluster takes no connection now, so there is nothing to measure. */
async function watchOutage({ run, journal }: RunWork, site: Site): Promise<Witness | null> {
  try {
    // Read for each connection: a rotation replaces them meanwhile.
    const present = {
      get application() {
        return site.secrets.application
      },
      get ca() {
        return site.secrets.ca
      },
    }
    return await startWitness(run.spec, present, { patience: 10 })
  } catch (error) {
    journal.say(`No client could write through ${run.spec.vip} before it began: ${(error as Error).message}`)
    return null
  }
}
