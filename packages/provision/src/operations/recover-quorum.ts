/**
 * etcd's majority is gone for good: two of three Pis died, say. One voter that has its store goes on alone with what it
 * knows, and forgets the others; who of them comes back is told that it was removed and stops before it can vote.
 */
import { listText, type NodeSpec, nodesWith, quorumNeeded, staying } from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { gather } from '../engine/gather.ts'
import { because, type Fact, type Facts, type Step, settled, Trouble } from '../engine/types.ts'
import { etcdJournal, storeComplaint } from '../etcd/broken-store.ts'
import { etcdData, etcdStore, ownRoster, peerUrl, rosterChange, rosterOf } from '../etcd/members.ts'
import { unitState } from '../facts/unit.ts'
import { stepsFor } from '../roles/index.ts'
import { type NodeEnd, type Rolling, workOn } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'
import { electPrimary } from './promote.ts'

/**
 * Troubles before anything is changed: `quorum-lives`, `quorum-possible`, `no-store`. One that broke off after a voter had
 * gone on alone is taken up from there.
 */
export async function recoverQuorum(input: Rolling, reachable: ReadonlySet<string>): Promise<NodeEnd[]> {
  const seen = await look(input, reachable)
  const begun = begunBy(input, seen)
  const sound = begun ? seen.filter(hasStore).map(({ node }) => node) : soundStores(input, seen)
  if (!begun && sound.length > 1) {
    const stopped = await Promise.all(sound.map((node) => work(input, node, [stopStep(node)])))
    if (stopped.some(({ outcome }) => outcome !== 'succeeded')) return stopped
  }
  const lead = begun ?? (await newest(input, sound))
  const alone = await work(input, lead, [aloneStep(lead)])
  if (alone.outcome !== 'succeeded') return [alone]
  const joined: NodeEnd[] = []
  for (const node of sound.filter((one) => one !== lead)) joined.push(await join(input, node))
  return [await withPrimary(input, alone, reachable), ...joined]
}

interface Seen {
  node: NodeSpec
  facts: Facts
}

/** The voters that answer. */
function look(input: Rolling, reachable: ReadonlySet<string>): Promise<Seen[]> {
  const spec = staying(input.spec)
  const present = nodesWith(spec, 'etcd').filter(({ name }) => reachable.has(name))
  const facts = [rosterOf(spec), etcdStore, etcdJournal]
  return Promise.all(present.map(async (node) => ({ node, facts: await ask(input, node, facts) })))
}

const hasStore = ({ facts }: Seen) => facts.of(etcdStore).kind !== 'absent'

/** The voter that went on alone before; null: none has. A Pi that cannot be reached over SSH may vote all the same. */
function begunBy({ spec }: Rolling, seen: readonly Seen[]): NodeSpec | null {
  const roster = rosterOf(staying(spec))
  const members = seen.map(({ facts }) => facts.of(roster)).find((found) => found !== null)
  if (!members) return null
  const voting = members.filter(({ learner }) => !learner)
  const alone = seen.find(({ node }) => voting.length === 1 && voting[0]?.peer === peerUrl(node))
  if (alone && nodesWith(staying(spec), 'etcd').length > 1) return alone.node
  throw new Trouble(
    'quorum-lives',
    'etcd has a quorum: there is nothing to recover.',
    'Replace a dead Pi on its own page. For everything else, press Reprovision.',
  )
}

/** Voters whose store can be read, too few to agree by themselves. */
function soundStores({ spec }: Rolling, seen: readonly Seen[]): NodeSpec[] {
  const voters = nodesWith(staying(spec), 'etcd')
  const sound = seen
    .filter((one) => hasStore(one) && storeComplaint(one.facts.of(etcdJournal).stdout) === null)
    .map(({ node }) => node)
  if (sound.length === 0)
    throw new Trouble(
      'no-store',
      'No reachable Pi has readable etcd data.',
      'Bring one back online with its original card, or build a new cluster and restore a backup into it.',
    )
  if (sound.length >= quorumNeeded(voters.length))
    throw new Trouble(
      'quorum-possible',
      `${listText(sound.map(({ name }) => name))} have etcd data, which is a majority of ${voters.length}: etcd recovers on its own.`,
      'Wait a minute, then press Reprovision, which starts stopped services. "journalctl -u etcd -n 50" on the Pis shows more.',
    )
  return sound
}

async function ask({ fleet, signal }: Rolling, node: NodeSpec, facts: readonly Fact<unknown>[]) {
  return gather(await fleet.connect(node, signal), facts, { signal })
}

const work = (input: Rolling, { name: node }: NodeSpec, steps: readonly Step[]) =>
  workOn(input, { node, steps, settled: new Set(), todo: steps.filter(({ apply }) => apply) })

function stopStep(node: NodeSpec): Step {
  const state = unitState('etcd.service')
  return {
    id: 'etcd/stop',
    title: `Stop etcd on ${node.name}`,
    reads: [state],
    check: (facts) => (['inactive', 'failed'].includes(facts.of(state).active) ? settled : because('still running')),
    apply: () => [{ kind: 'run', argv: ['systemctl', 'stop', 'etcd.service'], timeout: 120 }],
    patience: 60,
  }
}

const database = command(['etcdctl', 'snapshot', 'status', `${etcdData}/member/snap/db`, '--write-out=json'], {
  timeout: 60,
})

/** The one whose store has the highest revision. Of more than one, etcd must not run. */
async function newest(input: Rolling, sound: readonly NodeSpec[]): Promise<NodeSpec> {
  if (sound.length === 1) return sound[0]!
  const revisions = await Promise.all(
    sound.map(async (node) => {
      const { code, stdout } = (await ask(input, node, [database])).of(database)
      return code === 0 ? (JSON.parse(stdout) as { revision: number }).revision : -1
    }),
  )
  const lead = sound[revisions.indexOf(Math.max(...revisions))]!
  const known = sound.map(({ name }, index) => `${name} has revision ${revisions[index]}`)
  const text = `${listText(known)}: etcd continues from ${lead.name}`
  input.emit({ type: 'log', node: null, step: null, stream: 'bramble', text })
  return lead
}

const dropIn = '/run/systemd/system/etcd.service.d/bramble-alone.conf'
const reload = { kind: 'run', argv: ['systemctl', 'daemon-reload'] } as const

/** The order to forget the others holds for one start and does not outlive it, whatever breaks off. */
function aloneStep(node: NodeSpec): Step {
  return {
    id: 'etcd/alone',
    title: `Restart etcd with ${node.name} as its only member`,
    reads: [ownRoster],
    check: (facts) => (facts.of(ownRoster) === null ? because('etcd has no quorum') : settled),
    apply: () => [
      {
        kind: 'put',
        path: dropIn,
        content: `# Managed by Bramble. Deleted after the next start of etcd.\n[Service]\nEnvironment=ETCD_FORCE_NEW_CLUSTER=true\nExecStartPost=+/bin/rm -f ${dropIn}\n`,
        mode: 0o644,
      },
      reload,
      { kind: 'run', argv: ['systemctl', 'restart', 'etcd.service'], timeout: 120 },
      rosterChange({ what: 'wait', endpoints: ['127.0.0.1'] }),
      reload,
    ],
    destroys: 'changes that only the other etcd members had',
    disrupts: { what: 'etcd', words: `etcd restarts on ${node.name}` },
    cure: 'On the Pi, "journalctl -u etcd -n 80" shows why etcd does not start. Then press Retry.',
  }
}

/** As a new voter: it throws its store away and copies that of the one that went on. */
async function join(input: Rolling, node: NodeSpec): Promise<NodeEnd> {
  const { pulse } = await takePulse(input)
  const steps = stepsFor({ spec: staying(input.spec), node, secrets: input.secrets, pulse })
  return work(
    input,
    node,
    ['etcd/join', 'etcd/service', 'etcd/vote', 'etcd/quorum'].flatMap(
      (id) => steps.find((step) => step.id === id) ?? [],
    ),
  )
}

/** A cluster whose Pis keep no copy has none to elect. */
async function withPrimary(input: Rolling, alone: NodeEnd, reachable: ReadonlySet<string>): Promise<NodeEnd> {
  const { primary, failed } = await electPrimary(input)
  if (failed) return failed
  const database = primary ? `${primary} is the primary` : 'no replica runs on the reachable Pis'
  const carried = nodesWith(input.spec, 'balancer').some(({ name }) => reachable.has(name))
  const address = carried ? '' : ` No load balancer is online: ${input.spec.vip} responds again when one is replaced.`
  return { ...alone, message: `etcd runs on ${alone.node}, and ${database}.${address}` }
}
