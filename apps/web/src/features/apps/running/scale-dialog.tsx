'use client'
/** Which web nodes run an app. */
import type { AppSpec } from '@bramble/cluster'
import { useState } from 'react'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { scaleApp } from './actions.ts'
import { running as words } from './copy.ts'

interface ScaleDialogProps {
  cluster: string
  app: AppSpec
  webNodes: readonly string[]
  onClose: () => void
  onStarted: (run: string | null) => void
}

export function ScaleDialog({ cluster, app, webNodes, onClose, onStarted }: ScaleDialogProps) {
  const [every, setEvery] = useState(app.nodes === undefined && app.count === undefined)
  const [chosen, setChosen] = useState<readonly string[]>(app.nodes ?? webNodes.slice(0, app.count))
  const toggle = (node: string) =>
    setChosen(chosen.includes(node) ? chosen.filter((one) => one !== node) : [...chosen, node])
  return (
    <ConfirmDialog
      title={words.scaleTitle(app.name)}
      text={words.scaleText}
      ready={every || chosen.length > 0}
      keep={words.cancel}
      confirm={words.confirmScale}
      onClose={onClose}
      onConfirm={async () => {
        const nodes = every ? null : webNodes.filter((node) => chosen.includes(node))
        const made = await scaleApp({ cluster, app: app.name, nodes })
        if (!made.ok) return made
        onStarted(made.run)
        return undefined
      }}
    >
      <div className="grid gap-2 text-sm">
        <Choice label={words.every} checked={every} onChange={() => setEvery(!every)} />
        {webNodes.map((node) => (
          <Choice
            key={node}
            label={node}
            checked={every || chosen.includes(node)}
            disabled={every}
            onChange={() => toggle(node)}
          />
        ))}
      </div>
    </ConfirmDialog>
  )
}

interface ChoiceProps {
  label: string
  checked: boolean
  disabled?: boolean
  onChange: () => void
}

function Choice({ label, ...control }: ChoiceProps) {
  return (
    <label className="flex min-h-8 items-center gap-2">
      <input type="checkbox" className="size-4 accent-primary" {...control} />
      {label}
    </label>
  )
}
