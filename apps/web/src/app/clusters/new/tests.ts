'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { z } from 'zod'
import { wizard } from '@/copy/wizard.ts'
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
  trouble: z.object({ message: z.string(), cure: z.string() }).nullable(),
})
const Answer = z.object({ probes: z.array(Probe) })

export const waiting: NodeTest = { id: null, state: 'queued', fingerprint: null, machine: null, trouble: null }

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
        nodes: draft.nodes.map((node) => (isOpen(node) ? { ...node, test: lostTest } : node)),
      }))
  }, [isError, update])
}

const lostTest: NodeTest = {
  ...waiting,
  state: 'failed',
  trouble: { message: wizard.problems.lost, cure: wizard.problems.lostCure },
}

function withTests(draft: Draft, found: ReadonlyMap<string, z.infer<typeof Probe>>): Draft {
  return {
    ...draft,
    nodes: draft.nodes.map((node) => {
      const probe = node.test?.id ? found.get(node.test.id) : undefined
      return probe ? { ...node, test: probe } : node
    }),
  }
}
