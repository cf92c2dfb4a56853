/** Desired state against facts: the plan. Pure. */
import { createHash } from 'node:crypto'
import type { PlannedAction, PlannedStep } from '@bramble/cluster'
import { createTwoFilesPatch } from 'diff'
import { type FileState, keptPath } from './file.ts'
import { type Action, type Facts, type PutAction, type PutAllAction, Secret, type Step } from './types.ts'

/**
 * Every step of a node with its verdict, in order. A step also is to be done when one that it follows is.
 * `serving`: the cluster has a primary; only then does a restart disrupt anything.
 */
export function planSteps(steps: readonly Step[], facts: Facts, serving: boolean): PlannedStep[] {
  const todo = new Set<string>()
  return steps.map((step) => {
    const verdict = step.check(facts)
    const cause = step.follows?.find((id) => todo.has(id))
    const base = { id: step.id, role: step.id.split('/')[0]!, title: step.title, destroys: null, disrupts: null }
    if (verdict.settled && !cause) return { ...base, verdict: 'settled', because: '', actions: [], signature: '' }
    const because = verdict.settled ? `${cause} changes` : verdict.because
    if (!step.apply) return { ...base, verdict: 'gate', because, actions: [], signature: '' }
    todo.add(step.id)
    const actions = step.apply(facts)
    return {
      ...base,
      verdict: 'todo',
      because,
      actions: actions.flatMap((action) => shown(action, step, facts)),
      signature: signature(step, actions),
      destroys: step.destroys ?? null,
      disrupts: (serving && step.disrupts?.words) || null,
    }
  })
}

/** What a step would write, as a hash; commands vary with the node's state and are bound by the step's id. */
function signature(step: Step, actions: readonly Action[]): string {
  const hash = createHash('sha256').update(`${step.id}\n${step.destroys ?? ''}\n`)
  for (const { path, mode, owner = '', content } of putsOf(actions))
    hash.update(`${path} ${mode} ${owner} ${sha256(bytesOf(content))}\n`)
  return hash.digest('hex')
}

/** Every step to do on every node, with what it writes: one line each. */
export function todoSignatures(nodes: readonly { node: string; steps: readonly PlannedStep[] | null }[]): string[] {
  return nodes.flatMap(({ node, steps }) =>
    (steps ?? []).filter((step) => step.verdict === 'todo').map((step) => `${node} ${step.id} ${step.signature}`),
  )
}

/** The digest that a person approves. */
export function planDigest(nodes: Parameters<typeof todoSignatures>[0]): string {
  return sha256(todoSignatures(nodes).join('\n'))
}

const putsOf = (actions: readonly Action[]): PutAction[] =>
  actions.flatMap((action) => (action.kind === 'put-all' ? action.files : action.kind === 'put' ? [action] : []))

function shown(action: Action, step: Step, facts: Facts): PlannedAction[] {
  return action.kind === 'put-all'
    ? action.files.map((one) => shownOne(one, step, facts))
    : [shownOne(action, step, facts)]
}

function shownOne(action: Exclude<Action, PutAllAction>, step: Step, facts: Facts): PlannedAction {
  if (action.kind === 'run') return { kind: 'run', argv: [...action.argv], as: action.as ?? 'root' }
  if (action.kind === 'stamp') return { kind: 'stamp', unit: action.unit }
  if (action.kind === 'prove-key') return { kind: 'prove-key', user: action.user }
  const known = presentOf(action, step, facts)
  const secret = action.content instanceof Secret || (action.mode & 0o077) === 0 || known === null
  return {
    kind: 'put',
    path: action.path,
    mode: action.mode.toString(8).padStart(4, '0'),
    owner: action.owner ?? 'root:root',
    secret,
    diff: secret ? secretDifference(action.path, known) : differenceOf(action, known),
    ...(known?.foreign ? { kept: keptPath(action.path) } : {}),
  }
}

/** The file as it is, with its content when the step asked for it; null: the step did not ask. */
function presentOf({ path }: PutAction, step: Step, facts: Facts): FileState | null {
  const asked = step.reads.filter(({ query }) => query.kind === 'file' && query.path === path)
  const states = asked.map((fact) => facts.of(fact) as FileState)
  return states.find(({ bytes }) => bytes !== null) ?? states[0] ?? null
}

/** More than a person reads, and less than a row of the database holds. */
const longestDiff = 64 * 1024

function differenceOf({ path, content }: PutAction, known: FileState): string | null {
  if (known.kind === 'file' && known.bytes === null) return null
  const before = known.bytes?.toString('utf8') ?? ''
  return difference(path, known.foreign && path !== '/etc/hosts' ? masked(before) : before, textOf(content))
}

/** Of a file that will hold secrets only what goes is shown, and of that no password. */
function secretDifference(path: string, known: FileState | null): string | null {
  if (!known?.foreign || known.bytes === null) return null
  return difference(
    path,
    masked(known.bytes.toString('utf8')),
    '(The new content contains secrets and is not shown.)\n',
  )
}

const masked = (text: string): string =>
  text.replace(
    /\b(pass(?:word|phrase|wd)?|auth_pass|secret|token|psk|community|auth)(\s*[:=]\s*|[ \t]+)(\S.*)$/gim,
    '$1$2‹hidden›',
  )

function difference(path: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(path, path, before, after, '', '', { context: 3 }).split('\n').slice(1).join('\n')
  if (patch.length <= longestDiff) return patch
  return `${patch.slice(0, patch.lastIndexOf('\n', longestDiff))}\n-… and ${patch.slice(longestDiff).split('\n').length} more lines\n`
}

function textOf(content: PutAction['content']): string {
  if (content instanceof Secret) return content.reveal()
  return typeof content === 'string' ? content : content.toString('utf8')
}

const bytesOf = (content: PutAction['content']) => (Buffer.isBuffer(content) ? content : textOf(content))

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
