import { ClusterSpec } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import {
  addNodes,
  askedOf,
  type Draft,
  emptyDraft,
  findingsOf,
  problemsOf,
  specOf,
  toggleRole,
  trusting,
  withProposal,
} from './draft.ts'

const four = ['192.168.1.21', '192.168.1.22', '192.168.1.23', '192.168.1.24'].map((address) => ({
  name: null,
  address,
}))
const filled: Draft = { ...emptyDraft, name: 'shelf', vip: '192.168.1.100', password: 'raspberry pie' }

/** As if every Pi had answered, each with a key of its own. */
function answered(draft: Draft, memory = 4 * 2 ** 30): Draft {
  const machine = { model: 'Raspberry Pi 4', codename: 'trixie', architecture: 'arm64', memory, diskFree: 2e10 }
  const fingerprint = (at: number) => `SHA256:${String.fromCharCode(65 + at).repeat(43)}`
  return {
    ...draft,
    nodes: draft.nodes.map((node, at) => ({
      ...node,
      test: {
        id: null,
        state: 'succeeded',
        fingerprint: fingerprint(at),
        machine: { ...machine, container: false },
        trouble: null,
      },
      trusted: fingerprint(at),
    })),
  }
}

describe('the wizard’s draft', () => {
  it('becomes a spec that the cluster’s schema takes, with every key pinned', () => {
    const spec = ClusterSpec.parse(specOf(answered(addNodes(filled, four))))
    expect(spec.nodes.map((node) => node.name)).toEqual(['pi-1', 'pi-2', 'pi-3', 'pi-4'])
    expect(spec.nodes.every((node) => node.hostKey?.startsWith('SHA256:'))).toBe(true)
    expect(spec.nodes[0]?.roles).toEqual(['balancer'])
  })

  it('proposes anew while nothing was moved, and never over what was', () => {
    const draft = toggleRole(addNodes(filled, four), 1, 'web')
    const grown = addNodes(draft, [{ name: null, address: '192.168.1.25' }])
    expect(grown.nodes[0]?.roles).toEqual(['balancer', 'web'])
    expect(grown.nodes[4]?.roles).toEqual([])
    expect(withProposal(grown, true).nodes[4]?.roles).not.toEqual([])
  })

  it('does not add an address twice and keeps given names', () => {
    const draft = addNodes(addNodes(filled, [{ name: 'leader', address: '192.168.1.21' }]), four)
    expect(draft.nodes.map((node) => node.name)).toEqual(['leader', 'pi-1', 'pi-2', 'pi-3'])
  })
})

describe('what is in the way', () => {
  it('of the first step', () => {
    expect(problemsOf('basics', filled)).toEqual({})
    expect(Object.keys(problemsOf('basics', { ...filled, name: 'Shelf!', vip: '192.168.1' }))).toEqual(['name', 'vip'])
    expect(Object.keys(problemsOf('basics', emptyDraft))).toEqual(['name', 'vip'])
  })

  it('of the second: login, then tests, then trouble', () => {
    const draft = addNodes(filled, four)
    expect(problemsOf('nodes', { ...draft, password: '' })).toHaveProperty('password')
    expect(problemsOf('nodes', { ...draft, port: '0' })).toHaveProperty('port')
    expect(problemsOf('nodes', draft).nodes).toMatch(/Test the connection/)
    expect(problemsOf('nodes', answered(draft))).toEqual({})
  })

  it('a host key that nobody has compared: until then the login goes to no Pi', () => {
    const draft = answered(addNodes(filled, four))
    const shown = {
      ...draft,
      nodes: draft.nodes.map((node) => ({ ...node, trusted: null, test: { ...node.test!, machine: null } })),
    }
    expect(problemsOf('nodes', shown).nodes).toBe('Compare the host key and trust it first: pi-1, pi-2, pi-3, pi-4.')
    const [node] = shown.nodes
    expect(askedOf(shown, node!)).toEqual({ address: '192.168.1.21' })
    const login = { password: 'raspberry pie' }
    const hostKey = `SHA256:${'A'.repeat(43)}`
    expect(askedOf(shown, trusting(node!))).toEqual({ address: '192.168.1.21', hostKey, login })
  })

  it('two Pis with one host key', () => {
    const draft = answered(addNodes(filled, four))
    const copied = draft.nodes.map((node) => ({ ...node, test: draft.nodes[0]!.test }))
    expect(problemsOf('nodes', { ...draft, nodes: copied }).nodes).toMatch(/same host key/)
  })

  it('a voter with too little memory', () => {
    const draft = answered(addNodes(filled, four), 427 * 2 ** 20)
    expect(findingsOf(draft).map((finding) => finding.code)).toEqual(['small-voter', 'small-voter', 'small-voter'])
    expect(problemsOf('roles', draft)).toHaveProperty('findings')
    expect(findingsOf(answered(addNodes(filled, four), 905 * 2 ** 20))).toEqual([])
  })

  it('four voters', () => {
    const draft = toggleRole(answered(addNodes(filled, four)), 1, 'etcd')
    expect(problemsOf('roles', draft).findings).toMatch(/4 nodes have the role etcd/)
  })
})
