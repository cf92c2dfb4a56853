/** What the wizard holds while it is filled in, and what stands in the way of each step. Pure. */
import {
  roles as allRoles,
  ClusterName,
  ClusterSpec,
  type Finding,
  Ipv4,
  NodeName,
  type Preset,
  proposeRoles,
  type Role,
  reviewSpec,
  UnixUser,
} from '@bramble/cluster'
import { memoryWords } from '@/features/topology/facts.ts'
import type { CreateInput, TestInput } from './actions.ts'
import { freeName, type PastedNode } from './addresses.ts'
import { wizard } from './copy.ts'
import { type NetworkChoice, proposeAddresses } from './proposal.ts'

export interface Machine {
  model: string | null
  codename: string
  architecture: string
  memory: number
  diskFree: number
  container: boolean
}

export interface NodeTest {
  /** Null until the queue has it. */
  id: string | null
  state: 'queued' | 'running' | 'succeeded' | 'failed'
  fingerprint: string | null
  /** Null while only its host key is known. */
  machine: Machine | null
  trouble: { code: string; message: string; cure: string } | null
}

export interface DraftNode {
  /** For React; a name and an address may change. */
  key: number
  name: string
  address: string
  roles: Role[]
  /** Null: the shared login fits. */
  ownPassword: string | null
  test: NodeTest | null
  /** The host key that a person has compared: the login is sent to no other. Null: none yet, or not at this address. */
  trusted: string | null
}

export interface Draft {
  /** `flash`: the Pis do not exist yet; their cards are written afterwards. */
  way: 'flash' | 'adopt'
  /** Of `flash`: the network in which addresses were proposed. */
  network: string | null
  name: string
  vip: string
  preset: Preset
  synchronous: boolean
  user: string
  port: string
  method: 'password' | 'key'
  password: string
  privateKey: string
  nodes: DraftNode[]
  /** True once the user moved a role: from then on nothing is proposed over their choice. */
  rolesMoved: boolean
}

export const emptyDraft: Draft = {
  way: 'adopt',
  network: null,
  name: '',
  vip: '',
  preset: 'standard',
  synchronous: false,
  user: 'pi',
  port: '22',
  method: 'password',
  password: '',
  privateKey: '',
  nodes: [],
  rolesMoved: false,
}

export const stepNames = ['basics', 'nodes', 'roles', 'review'] as const
export type StepName = (typeof stepNames)[number]

/** Roles as proposed for this many Pis, unless they were moved by hand. */
export function withProposal(draft: Draft, force = false): Draft {
  if (draft.rolesMoved && !force) return draft
  const proposed = proposeRoles(draft.nodes.length)
  return { ...draft, rolesMoved: false, nodes: draft.nodes.map((node, at) => ({ ...node, roles: proposed[at] ?? [] })) }
}

export function addNodes(draft: Draft, pasted: readonly PastedNode[]): Draft {
  const nodes = [...draft.nodes]
  let key = Math.max(0, ...nodes.map((node) => node.key))
  for (const { name, address } of pasted) {
    if (nodes.some((node) => node.address === address)) continue
    const taken = nodes.map((node) => node.name)
    const chosen = name && !taken.includes(name) ? name : freeName(taken)
    nodes.push({ key: ++key, name: chosen, address, roles: [], ownPassword: null, test: null, trusted: null })
  }
  return withProposal({ ...draft, nodes })
}

/** So many Pis with names and free addresses in that network; an empty list when there is no room. */
export function withNewPis(draft: Draft, choice: NetworkChoice, count: number, taken: ReadonlySet<string>): Draft {
  const proposal = proposeAddresses(choice, count, taken)
  const nodes = (proposal?.addresses ?? []).map((address, at): DraftNode => {
    const was = draft.nodes[at]
    return {
      key: at + 1,
      name: was?.name ?? `pi-${at + 1}`,
      address,
      roles: [],
      ownPassword: null,
      test: null,
      trusted: null,
    }
  })
  return withProposal({ ...draft, network: choice.key, vip: proposal?.vip ?? '', nodes, rolesMoved: false })
}

export function toggleRole(draft: Draft, key: number, role: Role): Draft {
  const nodes = draft.nodes.map((node) =>
    node.key === key
      ? { ...node, roles: allRoles.filter((entry) => (entry === role) !== node.roles.includes(entry)) }
      : node,
  )
  return { ...draft, rolesMoved: true, nodes }
}

/** It has shown its host key, and nobody has compared that yet. */
export const isShown = ({ test }: DraftNode): boolean => test?.state === 'succeeded' && test.machine === null

/** What is asked of a Pi: its host key, or with a trusted one who it is. */
export function askedOf(draft: Draft, node: DraftNode): TestInput['nodes'][number] {
  const { address, trusted } = node
  return trusted ? { address, hostKey: trusted, login: loginOf(draft, node) } : { address }
}

export const trusting = (node: DraftNode): DraftNode => ({ ...node, trusted: node.test?.fingerprint ?? node.trusted })

export function loginOf(draft: Draft, node: DraftNode): CreateInput['logins'][string] {
  if (node.ownPassword !== null) return { password: node.ownPassword }
  return draft.method === 'password' ? { password: draft.password } : { privateKey: draft.privateKey }
}

export function specOf(draft: Draft): CreateInput['spec'] {
  return {
    name: draft.name,
    vip: draft.vip,
    preset: draft.preset,
    synchronous: draft.synchronous,
    ssh: { user: draft.user, port: Number(draft.port) },
    nodes: draft.nodes.map(({ name, address, roles, test }) => ({
      name,
      address,
      roles,
      ...(test?.fingerprint ? { hostKey: test.fingerprint } : {}),
    })),
  }
}

/** The rules of the cluster, and two that only the machines themselves tell. */
export function findingsOf(draft: Draft): Finding[] {
  const parsed = ClusterSpec.safeParse(specOf(draft))
  const findings = parsed.success ? reviewSpec(parsed.data) : []
  return [...findings, ...machineFindings(draft)]
}

function machineFindings(draft: Draft): Finding[] {
  const findings: Finding[] = []
  const { problems } = wizard
  draft.nodes.forEach((node, at) => {
    const memory = node.test?.machine?.memory
    if (memory !== undefined && memory < 800 * 2 ** 20 && node.roles.includes('etcd'))
      findings.push({
        level: 'error',
        code: 'small-voter',
        path: `nodes.${at}.roles`,
        message: problems.smallVoter(node.name, memoryWords(memory)),
        cure: problems.smallVoterCure,
      })
  })
  return findings
}

/** Two rows that show one host key: one machine twice, or copies of one card. */
export function twins(draft: Draft): { message: string; cure: string } | null {
  for (const [at, node] of draft.nodes.entries()) {
    const fingerprint = node.test?.fingerprint
    const other = fingerprint
      ? draft.nodes.slice(at + 1).find((entry) => entry.test?.fingerprint === fingerprint)
      : null
    if (other) return { message: wizard.problems.twins(node.name, other.name), cure: wizard.problems.twinsCure }
  }
  return null
}

/** What is in the way of leaving a step, by field; empty: nothing. */
export function problemsOf(step: StepName, draft: Draft): Record<string, string> {
  if (step === 'basics') return basicsProblems(draft)
  if (step === 'nodes') return nodesProblems(draft)
  const error = findingsOf(draft).find((finding) => finding.level === 'error')
  return error ? { findings: error.message } : {}
}

function basicsProblems(draft: Draft): Record<string, string> {
  const found: Record<string, string> = {}
  const name = draft.name ? firstIssue(ClusterName.safeParse(draft.name)) : wizard.problems.nameEmpty
  if (name) found.name = name
  // With new cards the virtual IP is proposed with the addresses, one step later.
  return draft.way === 'flash' ? found : { ...found, ...vipProblem(draft) }
}

function vipProblem(draft: Draft): Record<string, string> {
  const vip = draft.vip ? firstIssue(Ipv4.safeParse(draft.vip)) : wizard.problems.vipEmpty
  return vip ? { vip } : {}
}

function nodesProblems(draft: Draft): Record<string, string> {
  const found = draft.way === 'flash' ? vipProblem(draft) : loginProblems(draft)
  const { problems } = wizard
  for (const node of draft.nodes) {
    const name = firstIssue(NodeName.safeParse(node.name))
    const address = firstIssue(Ipv4.safeParse(node.address))
    if (name) found[`name-${node.key}`] = name
    else if (draft.nodes.some((other) => other !== node && other.name === node.name))
      found[`name-${node.key}`] = `Another Pi is called ${node.name}.`
    if (address) found[`address-${node.key}`] = address
    else if (draft.nodes.some((other) => other !== node && other.address === node.address))
      found[`address-${node.key}`] = 'Another Pi has this address.'
  }
  if (Object.keys(found).length > 0) return found
  if (draft.way === 'flash') return draft.nodes.length === 0 ? { nodes: wizard.flash.noRoom } : found
  const names = (nodes: DraftNode[]) => nodes.map((node) => node.name).join(', ')
  const untested = draft.nodes.filter((node) => node.test === null)
  const failed = draft.nodes.filter((node) => node.test?.state === 'failed')
  if (draft.nodes.length === 0) found.nodes = problems.noNodes
  else if (untested.length > 0) found.nodes = problems.untested(names(untested))
  else if (failed.length > 0) found.nodes = problems.failed(names(failed))
  else if (draft.nodes.some((node) => node.test?.state !== 'succeeded')) found.nodes = problems.testing
  else if (draft.nodes.some(isShown)) found.nodes = problems.untrusted(names(draft.nodes.filter(isShown)))
  else if (twins(draft)) found.nodes = twins(draft)!.message
  return found
}

/** What keeps a connection test from being asked for. */
export function loginProblems(draft: Draft): Record<string, string> {
  const found: Record<string, string> = {}
  const user = firstIssue(UnixUser.safeParse(draft.user))
  if (user) found.user = `The user ${user}.`
  const port = Number(draft.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) found.port = 'A port is a number from 1 to 65535.'
  const shared = draft.nodes.length === 0 || draft.nodes.some((node) => node.ownPassword === null)
  if (shared && draft.method === 'password' && !draft.password) found.password = wizard.problems.loginEmpty
  if (shared && draft.method === 'key' && !draft.privateKey.trim()) found.privateKey = wizard.problems.keyEmpty
  return found
}

function firstIssue(parsed: {
  success: boolean
  error?: { issues: { message: string }[] } | undefined
}): string | null {
  const text = parsed.success ? undefined : parsed.error?.issues[0]?.message
  return text ? text.charAt(0).toUpperCase() + text.slice(1) : null
}

/** What the wizard gives to each of its steps. */
export interface StepProps {
  draft: Draft
  update: (change: (draft: Draft) => Draft) => void
  /** By field; empty until the user has tried to go on. */
  problems: Record<string, string>
}
