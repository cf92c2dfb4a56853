'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { z } from 'zod'
import { wizard } from './copy.ts'
import type { Draft, DraftNode, NodeTest } from './draft.ts'

const Probe = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed']),
  fingerprint: z.string().nullable(),
  machine: z
    .object({
      model: z.string().nullable(),
      codename: z.string(),
      architecture: z.string(),
      memory: z.number(),
      diskFree: z.number(),
      container: z.boolean(),
    })
    .nullable(),
  trouble: z.object({ code: z.string(), message: z.string(), cure: z.string() }).nullable(),
})
const Answer = z.object({ probes: z.array(Probe) })

/** A test that was just asked for; without an id the queue does not have it yet. */
export const waiting = (id: string | null = null): NodeTest => ({
  ...{ id, state: 'queued', fingerprint: null, machine: null, trouble: null },
})

export const failed = (trouble: { message: string; cure: string }): NodeTest => ({
  ...waiting(),
  ...{ state: 'failed', trouble: { code: 'lost', ...trouble } },
})

const isOpen = (node: DraftNode) => node.test?.state === 'queued' || node.test?.state === 'running'

/** Follows the tests that are under way and writes what they find into the draft. */
export function useNodeTests(nodes: readonly DraftNode[], update: (change: (draft: Draft) => Draft) => void): void {
  const open = nodes.filter(isOpen).flatMap((node) => node.test?.id ?? [])
  const { data, isError } = useQuery({
    queryKey: ['probes', ...open],
    enabled: open.length > 0,
    refetchInterval: 500,
    retry: 4,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const answer = await fetch(`/api/probes?${open.map((id) => `id=${id}`).join('&')}`, { signal })
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      return Answer.parse(await answer.json()).probes
    },
  })
  useEffect(() => {
    if (data) update((draft) => withTests(draft, new Map(data.map((probe) => [probe.id, probe]))))
  }, [data, update])
  useEffect(() => {
    if (isError)
      update((draft) => ({
        ...draft,
        nodes: draft.nodes.map((node) => (isOpen(node) ? { ...node, test: failed(lost) } : node)),
      }))
  }, [isError, update])
}

const lost = { message: wizard.problems.lost, cure: wizard.problems.lostCure }

function withTests(draft: Draft, found: ReadonlyMap<string, z.infer<typeof Probe>>): Draft {
  return {
    ...draft,
    nodes: draft.nodes.map((node) => {
      const probe = node.test?.id ? found.get(node.test.id) : undefined
      if (!probe) return node
      // Another machine answers there now: its key is to be compared like the first one.
      const trusted = probe.trouble?.code === 'host-key-changed' ? null : node.trusted
      return { ...node, test: probe, trusted }
    }),
  }
}
