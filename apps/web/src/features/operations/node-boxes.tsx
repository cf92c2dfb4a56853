'use client'
/** A choice of several Pis, each with a word about it. */
import { operate as words } from './copy.ts'

interface NodeBoxesProps {
  nodes: readonly { name: string; note?: string }[]
  chosen: readonly string[]
  onChoose: (chosen: string[]) => void
}

export function NodeBoxes({ nodes, chosen, onChoose }: NodeBoxesProps) {
  const toggle = (name: string) =>
    onChoose(
      nodes.map((node) => node.name).filter((node) => (node === name ? !chosen.includes(node) : chosen.includes(node))),
    )
  if (nodes.length === 0) return <p className="text-muted text-sm">{words.nobodyRuns}</p>
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">{words.nodes}</legend>
      {nodes.map(({ name, note }) => (
        <label key={name} className="flex min-h-8 items-center gap-2.5 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-primary"
            checked={chosen.includes(name)}
            onChange={() => toggle(name)}
          />
          <span className="font-medium">{name}</span>
          {note && <span className="text-muted text-xs">{note}</span>}
        </label>
      ))}
    </fieldset>
  )
}
