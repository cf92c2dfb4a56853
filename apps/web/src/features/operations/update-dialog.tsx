'use client'
import { stateOf } from '@bramble/cluster'
import { useState } from 'react'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { operate as words } from './copy.ts'
import { NodeBoxes } from './node-boxes.tsx'
import { OperationDialog } from './operation-dialog.tsx'

/** What is pending on each Pi, by the last look, and which of it is wanted. */
export function UpdateDialog({ onClose }: { onClose: () => void }) {
  const spec = useSpec()
  const watch = useWatch()
  const pis = spec.nodes.filter(({ leaving }) => !leaving)
  const machineOf = (name: string) => stateOf(watch, name)?.machine ?? null
  const [nodes, setNodes] = useState(pis.map(({ name }) => name))
  const packages = [...new Set(nodes.flatMap((name) => machineOf(name)?.upgradable ?? []))].sort()
  const [narrow, setNarrow] = useState(false)
  const [chosen, setChosen] = useState<string[]>([])
  const wanted = packages.filter((name) => chosen.includes(name))
  const ready = nodes.length > 0 && (!narrow || wanted.length > 0)
  return (
    <OperationDialog
      cluster={spec.name}
      kind="update"
      about={spec.name}
      operation={ready ? { kind: 'update', nodes, ...(narrow ? { packages: wanted } : {}) } : null}
      onClose={onClose}
    >
      <NodeBoxes
        nodes={pis.map(({ name }) => {
          const machine = machineOf(name)
          return { name, note: words.pending(machine?.pendingUpgrades ?? null, machine?.rebootRequired ?? false) }
        })}
        chosen={nodes}
        onChoose={setNodes}
      />
      {packages.length > 0 && (
        <details className="rounded-md border border-border p-3 text-sm">
          <summary className="cursor-default font-medium">{words.packages(packages.length)}</summary>
          <label className="mt-3 flex items-center gap-2.5">
            <input
              type="checkbox"
              className="size-4 accent-primary"
              checked={narrow}
              onChange={() => setNarrow(!narrow)}
            />
            {words.onlyChosen}
          </label>
          <p className="mt-1 text-muted text-xs">{words.onlyChosenHint}</p>
          <ul className="mt-2 grid max-h-48 gap-1 overflow-y-auto">
            {packages.map((name) => (
              <li key={name}>
                <label className="flex items-center gap-2.5 font-mono text-xs">
                  <input
                    type="checkbox"
                    className="size-4 accent-primary"
                    disabled={!narrow}
                    checked={!narrow || chosen.includes(name)}
                    onChange={() =>
                      setChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])
                    }
                  />
                  {name}
                </label>
              </li>
            ))}
          </ul>
        </details>
      )}
    </OperationDialog>
  )
}
