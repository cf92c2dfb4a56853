/** Who is the primary, can it be written, and does every copy follow. */
import { nodesWith } from '../../nodes.ts'
import { connectionUse } from '../connection-use.ts'
import { countText, listText, sentence, sizeText, spanText } from '../figures.ts'
import type { NodeState } from '../state.ts'
import { primaryOf, stateOf } from '../summary.ts'
import { answering, type Found, found, type Look, limit, looked, machines } from './look.ts'

export function primary(look: Look): Found[] {
  const copies = answering(look, 'postgres').filter(({ state }) => state.patroni !== null || state.silent.patroni)
  const name = primaryOf(look.watch)
  if (name) return readOnly(stateOf(look.watch, name)!)
  // Nobody to ask; or the balancers still reach one that this worker cannot see.
  if (copies.length === 0 || balancersReachPrimary(look)) return []
  const running = copies.filter(
    ({ state }) => state.patroni?.state === 'running' || state.patroni?.state === 'streaming',
  )
  const words = `There is no primary: writes fail${running.length > 0 ? ', reads are still served' : ', and reads too'}.`
  const voiceless = copies.filter(({ state }) => state.patroni === null).map(({ node }) => node.name)
  const hands = copies.some(({ state }) => state.patroni?.paused)
  const cure = hands
    ? 'Patroni is paused, so it elects no primary. Press Operate, then Resume Patroni (“patronictl -c /etc/patroni/config.yml resume” on a database node does the same).'
    : voiceless.length === copies.length
      ? `Patroni is not responding on ${listText(voiceless)}: “sudo systemctl start patroni”, and “journalctl -u patroni -n 80” shows why it stopped.`
      : `On ${(running[0] ?? copies[0])!.node.name}, “journalctl -u patroni -n 80” shows what it waits for. The node with the newest data must come back first.`
  const all = [found('no-primary', { words, cure, value: 0 })]
  if (running.length > 0)
    all.push(
      found('read-only', {
        words: `The database is read-only: ${listText(running.map(({ node }) => node.name))} ${running.length === 1 ? 'answers' : 'answer'} as ${running.length === 1 ? 'a replica' : 'replicas'}, and there is no primary.`,
        cure,
      }),
    )
  return all
}

function balancersReachPrimary(look: Look): boolean {
  return answering(look, 'balancer').some(({ state }) =>
    state.haproxy?.servers.some(({ backend, status }) => backend === 'postgres-primary' && status === 'up'),
  )
}

/** There is a primary, and it takes no writes. */
function readOnly(state: NodeState): Found[] {
  const { node, postgres, machine } = state
  if (!postgres || !(postgres.readOnly || postgres.inRecovery)) return []
  const card = machine?.card.readOnly
  return [
    found('read-only', {
      node,
      words: `The database is read-only: ${node} is the primary, and ${card ? 'its card is read-only' : postgres.inRecovery ? 'it is still recovering' : 'it is set to refuse writes (default_transaction_read_only is on)'}.`,
      cure: card
        ? `Press Operate, then Switch primary. Then give ${node} a new card and press Replace this Pi on its page.`
        : postgres.inRecovery
          ? `Wait until it has replayed its WAL. On ${node}, “journalctl -u patroni -n 50” shows its progress.`
          : `To turn it off, on ${node}: “sudo -u postgres psql -c 'alter system reset default_transaction_read_only' -c 'select pg_reload_conf()'”.`,
    }),
  ]
}

export function replicas(look: Look): Found[] {
  const lead = primaryOf(look.watch)
  const copies = nodesWith(look.spec, 'postgres')
  if (copies.length < 2) return []
  const good = copies.filter(({ name }) => name === lead || follows(stateOf(look.watch, name)))
  const seen = looked(look, 'postgres')
  return seen.flatMap(({ node: { name }, state }) => {
    if (name === lead) return []
    const lag = lagOf(look, name, lead)
    if (follows(state)) return lag ?? []
    return found('replica-missing', {
      node: name,
      level: good.length < 2 ? 'critical' : 'warning',
      value: good.length,
      words: `${name} is not replicating from the primary (${stateWords(state)}): ${good.length} of ${countText(copies.length, 'copy', 'copies')} of the database ${good.length === 1 ? 'is' : 'are'} current${good.length < 2 ? ', and if that one is lost, so is the data' : ''}.`,
      cure: missingCure(look, state),
    })
  })
}

/** Streaming from the primary; Patroni 3 says `running` of a replica that does. */
function follows(state: NodeState | undefined): boolean {
  const { role, state: word } = state?.patroni ?? {}
  return role === 'replica' && (word === 'streaming' || word === 'running')
}

function stateWords({ trouble, patroni, machine, silent }: NodeState): string {
  if (trouble) return 'it is not responding'
  const unit = machine?.units['patroni.service']
  if (!patroni) return unit && unit !== 'active' ? `Patroni is ${unit}` : silent.patroni || 'Patroni is not responding'
  return patroni.role === 'primary' ? `it reports primary, ${patroni.state}` : patroni.state || 'its state is unknown'
}

function missingCure(look: Look, { node, patroni, machine }: NodeState): string {
  const unit = machine?.units['patroni.service']
  if (unit && unit !== 'active')
    return `On ${node}: “sudo systemctl start patroni”, and “journalctl -u patroni -n 80” shows why it stopped.`
  if (patroni && /creating|starting|restart/.test(patroni.state))
    return `Wait while ${node} copies the data; its log shows the progress: “journalctl -u patroni -f” on ${node}.`
  return `On ${node}, “journalctl -u patroni -n 80” shows why. If its data is beyond repair, press Reinitialize replica on its page (“patronictl -c /etc/patroni/config.yml reinit ${look.spec.name} ${node}” does the same).`
}

/** Behind in bytes as Patroni or the primary says, or in seconds. */
function lagOf(look: Look, name: string, lead: string | null): Found | null {
  const link = lead ? stateOf(look.watch, lead)?.postgres?.replication.find((entry) => entry.name === name) : undefined
  const bytes = link?.lagBytes ?? stateOf(look.watch, name)?.patroni?.lagBytes ?? null
  const seconds = link?.lagSeconds ?? null
  const far = bytes !== null && bytes >= limit(look, 'replica-lag', 'bytes')
  const long = seconds !== null && seconds >= limit(look, 'replica-lag', 'seconds')
  if (!far && !long) return null
  const behind = [
    bytes === null ? '' : sizeText(bytes),
    seconds === null || seconds < 1 ? '' : spanText(seconds),
  ].filter(Boolean)
  return found('replica-lag', {
    node: name,
    value: far ? bytes : seconds,
    words: `${name} is ${behind.join(' and ')} behind the primary${lead ? ` ${lead}` : ''}: beyond 16 MB, HAProxy sends it no reads; beyond 1 MB, it cannot take over.`,
    cure: `Check the load, card, and network of ${name}. After a large import the lag shrinks by itself. If it only grows, reinitialize the replica: “patronictl -c /etc/patroni/config.yml reinit ${look.spec.name} ${name}”.`,
  })
}

export function paused(look: Look): Found[] {
  const by = answering(look, 'postgres').find(({ state }) => state.patroni?.paused)
  if (!by) return []
  return [
    found('failover-paused', {
      words: 'Patroni is paused: if the primary fails, no replica takes over.',
      cure: `When the work is done: “patronictl -c /etc/patroni/config.yml resume ${look.spec.name}” on ${by.node.name}.`,
    }),
  ]
}

export function keptData(look: Look): Found[] {
  return machines(look).flatMap(({ name, machine: { keptData, diskFree } }) =>
    keptData
      ? [
          found('kept-data', {
            node: name,
            value: keptData.bytes,
            words: `${name} keeps ${sizeText(keptData.bytes)} of data that it had as the primary until ${spanText((look.now.getTime() - Date.parse(keptData.at)) / 1000)} ago, in ${keptData.path}; ${sizeText(diskFree)} are free there. Its last writes may exist only there.`,
            cure: `Copy what you need from it. When you no longer need it, press Delete kept data on the page of ${name}.`,
          }),
        ]
      : [],
  )
}

export function slots(look: Look): Found[] {
  const least = limit(look, 'slot-retains-wal', 'bytes')
  return answering(look, 'postgres').flatMap(({ node, state }) =>
    (state.postgres?.slots ?? [])
      .filter(({ retained }) => retained >= least)
      .map((slot) => {
        // Patroni names the slot of a member after it, with underscores.
        const member = look.spec.nodes.find(({ name }) => name.replaceAll('-', '_') === slot.name)
        const free = state.machine ? `; ${sizeText(state.machine.diskFree)} are free there` : ''
        return found('slot-retains-wal', {
          node: node.name,
          subject: slot.name,
          value: slot.retained,
          words: `${node.name} keeps ${sizeText(slot.retained)} of WAL for the slot ${slot.name}, which is ${slot.active ? 'slow' : 'not in use'}${free}.`,
          cure: member
            ? `Bring ${member.name} back, or remove it from the cluster: its slot is then dropped.`
            : `If it is no longer needed, on ${node.name}: “sudo -u postgres psql -c "select pg_drop_replication_slot('${sqlText(slot.name)}')"”.`,
        })
      }),
  )
}

/** Slot names are lower-case letters, digits and underscores; anything else is not put into a command. */
const sqlText = (name: string): string => (/^[a-z0-9_]{1,63}$/.test(name) ? name : '…')

export function connections(look: Look): Found[] {
  return answering(look, 'postgres').flatMap(({ node }) => {
    const use = connectionUse(look.watch, node.name)
    if (!use) return []
    const { used, most, idle, waiting, unknown } = use
    const share = used / most
    const level =
      waiting > 0 || share >= limit(look, 'connections-near-max', 'critical')
        ? 'critical'
        : share >= limit(look, 'connections-near-max', 'warning')
          ? 'warning'
          : null
    if (!level) return []
    const strangers = unknown > used / 2
    const kind = strangers ? `${unknown} of them have not authenticated` : `${idle} of them idle`
    const next =
      waiting > 0
        ? `${countText(waiting, 'client')} ${waiting === 1 ? 'waits' : 'wait'} for one and ${waiting === 1 ? 'is' : 'are'} refused after 20 s`
        : 'new clients will soon have to wait'
    return found('connections-near-max', {
      node: node.name,
      level,
      value: share,
      words: `${used} of the ${most} connections that clients can have on ${node.name} are taken, ${kind}: ${next}.`,
      cure: strangers
        ? 'A client opens connections and never authenticates: limit who may use the database in the cluster file (database.allowFrom).'
        : idle > used / 2
          ? 'Most of them are idle: use smaller connection pools in the applications, or close unused connections.'
          : 'Put a connection pooler such as PgBouncer in front of the database, or find the client with the most connections on the PostgreSQL page.',
    })
  })
}

export function transactions(look: Look): Found[] {
  const least = limit(look, 'long-transaction', 'seconds')
  return answering(look, 'postgres').flatMap(({ node, state }) => {
    const longest = state.postgres?.longest
    if (!longest || longest.seconds < least) return []
    const idle = longest.state.startsWith('idle')
    // The query itself may hold what nobody else should read: alerts leave the house, so it stays on the page.
    return found('long-transaction', {
      node: node.name,
      value: longest.seconds,
      words: `${sentence(`A transaction of ${longest.user} on ${node.name} has been open for ${spanText(longest.seconds)} (${longest.state})`)} Dead rows accumulate, and other sessions may wait for its locks.`,
      cure: idle
        ? `The application did not commit: restart it, or end its session (“select pg_terminate_backend(pid) from pg_stat_activity where state like 'idle in transaction%' and xact_start < now() - interval '${Math.round(least)} seconds'” on ${node.name}).`
        : `The PostgreSQL page of the cluster shows its query; “select pg_cancel_backend(pid)” on ${node.name} ends it.`,
    })
  })
}
