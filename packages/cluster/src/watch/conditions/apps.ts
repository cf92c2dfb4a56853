/** Apps: deploys that failed, apps that nobody answers for, processes that keep ending, nodes with an older release. */
import { type AppAction, isAppAction } from '../../apps/run.ts'
import type { AppStatus } from '../../apps/status.ts'
import { countText, listText, percentText, sentence, sizeText } from '../figures.ts'
import { answering, type Found, found, type Look, limit } from './look.ts'

/** After this nobody needs to be told again of a deploy that nobody repeated. */
const forgottenMs = 7 * 86_400_000
/** A report that is older says nothing of now. */
const appStatusMs = 60_000

export function appsDown({ spec, watch, ...look }: Look): Found[] {
  const closed = (look.facts.apps ?? []).flatMap(({ name, status }) =>
    status && status.availability !== 'running' ? [name] : [],
  )
  const views = answering({ spec, watch, ...look }, 'balancer').flatMap(({ state }) => state.haproxy ?? [])
  return (spec.apps ?? []).flatMap(({ name }) => {
    const seen = views.flatMap(({ apps }) => apps?.[name] ?? [])
    // Somebody stopped it, or shows its maintenance page.
    if (closed.includes(name)) return []
    if (seen.length === 0 || !seen.every(({ up, down }) => up === 0 && down > 0)) return []
    return found('app-down', {
      subject: name,
      value: 0,
      words: `The app ${name} answers on none of its nodes: its clients get 503.`,
      cure: `The page of ${name} shows why it fails on each node, and its log. Roll it back if a deploy came before this.`,
    })
  })
}

export function deploys({ facts, now }: Look): Found[] {
  return (facts.apps ?? []).flatMap(({ name, failed }) => {
    if (!failed || now.getTime() - Date.parse(failed.endedAt) > forgottenMs) return []
    return found('deploy-failed', {
      subject: name,
      words: sentence(
        `The last ${isAppAction(failed.kind) ? kinds[failed.kind] : 'run'} of ${name} failed: ${failed.outcome}`,
      ),
      cure: `The page of ${name} leads to its run, which shows the step and the log. Correct that, then deploy ${name} again.`,
    })
  })
}

const kinds: Record<AppAction, string> = {
  deploy: 'deploy',
  rollback: 'rollback',
  'restart-app': 'restart',
  'scale-app': 'change of nodes',
  'stop-app': 'stop',
  'start-app': 'start',
  'maintain-app': 'switch to the maintenance page',
  'remove-app': 'removal',
}

export function restarts(look: Look): Found[] {
  return onNodes(look).flatMap(({ node, name, own: { lately } }) => {
    if (lately.restarts < limit(look, 'app-restarts', 'restarts')) return []
    const memory = lately.killed > 0 ? `, ${countText(lately.killed, 'time')} because its memory was used up` : ''
    return found('app-restarts', {
      node,
      subject: name,
      value: lately.restarts,
      words: `The app ${name} ended on ${node} and was started again ${countText(lately.restarts, 'time')} in the last 10 minutes${memory}.`,
      cure: `The log of ${name} on its page says why it ends. Roll it back if a deploy came before this.`,
    })
  })
}

export function memory(look: Look): Found[] {
  return onNodes(look).flatMap(({ node, name, own: { nearest, lately } }) => {
    const used = nearest ? nearest.used / nearest.limit : 0
    const isFull = used >= limit(look, 'app-memory', 'used')
    if (!isFull && lately.killed === 0) return []
    const words =
      isFull && nearest
        ? `The process ${nearest.process} of ${name} uses ${percentText(Math.min(1, used))} of the ${sizeText(nearest.limit)} that it may have on ${node}: at its limit the kernel ends it.`
        : `The kernel ended a process of ${name} on ${node} because its memory was used up, ${countText(lately.killed, 'time')} in the last 10 minutes.`
    return found('app-memory', {
      node,
      subject: name,
      value: isFull ? used : lately.killed,
      words,
      cure: `Look at the memory of ${name} on its page. If it only ever rises, the app leaks; else give it more with “memory” in the cluster file.`,
    })
  })
}

function onNodes(look: Look) {
  const names = new Set(look.spec.apps?.map(({ name }) => name))
  return answering(look, 'web').flatMap(({ node, state }) =>
    Object.entries(state.apps ?? {}).flatMap(([name, own]) =>
      names.has(name) ? [{ node: node.name, name, own }] : [],
    ),
  )
}

export function releasesBehind(look: Look): Found[] {
  const answers = new Set(answering(look).map(({ node }) => node.name))
  return freshApps(look).flatMap(({ name, status }) => {
    const behind = nodesBehind(status).filter((node) => answers.has(node))
    const balancers = status.behind.filter((node) => answers.has(node) && !behind.includes(node))
    return [
      ...behind.map((node) =>
        found('app-behind', {
          node,
          subject: name,
          words: `The release of ${name} that serves does not run on ${node}.`,
          cure: `Bramble copies it to ${node} by itself. If this stays, “journalctl -u bramble-apps -n 50” on ${node} says what is in the way; then deploy ${name} again.`,
        }),
      ),
      ...balancers.map((node) =>
        found('app-behind', {
          node,
          subject: name,
          words: `HAProxy on ${node} sends requests for ${name} to an older release than ${listText(status.serving?.nodes ?? [])} should serve.`,
          cure: `On ${node}, “journalctl -u bramble-apps -n 50” says why HAProxy does not switch; then “sudo systemctl restart bramble-apps”.`,
        }),
      ),
    ]
  })
}

function freshApps({ spec, facts, now }: Look): { name: string; status: AppStatus }[] {
  const names = new Set(spec.apps?.map(({ name }) => name))
  return (facts.apps ?? []).flatMap(({ name, status, seenAt }) =>
    status && names.has(name) && isFresh(seenAt, now) ? [{ name, status }] : [],
  )
}

export const isFresh = (seenAt: string | null, now: Date): boolean =>
  seenAt !== null && now.getTime() - Date.parse(seenAt) <= appStatusMs

/** Nodes that report, and should run what serves, and do not. One that fails its health check runs it. */
function nodesBehind({ serving, availability, slots, silent }: AppStatus): string[] {
  if (!serving || availability === 'stopped') return []
  const runs = (node: string) =>
    slots.some(
      (slot) =>
        slot.node === node &&
        slot.slot === serving.slot &&
        slot.release === serving.release &&
        slot.state !== 'missing' &&
        slot.state !== 'draining',
    )
  return serving.nodes.filter((node) => !silent.includes(node) && !runs(node))
}
