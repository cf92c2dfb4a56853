'use client'
import type { Operation } from '@bramble/cluster'
import { useSpec } from '@/live/watch-provider.tsx'
import { OperationDialog } from './operation-dialog.tsx'

/** They throw something away, or leave nothing that answers. */
const confirmed: readonly Operation['kind'][] = [
  'reinit',
  'delete-kept-data',
  'shutdown',
  'recover-quorum',
  'upgrade-back',
  'upgrade-finish',
]

/** An operation that asks for no choice; `node`: the one whose data are thrown away. */
export function PlainDialog({ operation, onClose }: { operation: Operation; onClose: () => void }) {
  const spec = useSpec()
  const about = 'node' in operation ? operation.node : spec.name
  const typed = confirmed.includes(operation.kind) ? { typed: about } : {}
  return <OperationDialog cluster={spec.name} kind={operation.kind} {...{ about, operation, onClose }} {...typed} />
}
