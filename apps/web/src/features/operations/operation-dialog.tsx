'use client'
/** Says what an operation will do and what is noticed of it, asks what is to be chosen, and leads to its run. */
import type { Operation } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { operate } from './actions.ts'
import { operate as words } from './copy.ts'

interface OperationDialogProps {
  cluster: string
  kind: Operation['kind']
  /** What the title and the sentences name. */
  about: string
  /** Null: something is still to be chosen. */
  operation: Operation | null
  /** To be typed before it is done. */
  typed?: string
  /** Choices. */
  children?: ReactNode
  onClose: () => void
}

export function OperationDialog({ cluster, kind, about, operation, typed, children, onClose }: OperationDialogProps) {
  const router = useRouter()
  return (
    <ConfirmDialog
      title={words.title[kind](about)}
      text={words.consequences[kind](about)}
      typed={typed === undefined ? undefined : { name: typed, label: words.typed(typed) }}
      ready={operation !== null}
      keep={words.keep}
      confirm={words.confirm[kind]}
      onClose={onClose}
      onConfirm={async (word) => {
        if (!operation) return undefined
        const answer = await operate({ cluster, operation, typed: word })
        if (!answer.ok) return answer
        router.push(`/runs/${answer.run}`)
        return undefined
      }}
    >
      {children}
    </ConfirmDialog>
  )
}
