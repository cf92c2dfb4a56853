'use client'
/** One node of several, each with its colour. */
import { cn } from '@/ui/cn.ts'

interface NodeChoiceProps {
  label: string
  nodes: readonly { name: string; colour: string; note?: string | undefined }[]
  chosen: string
  onChoose: (node: string) => void
}

export function NodeChoice({ label, nodes, chosen, onChoose }: NodeChoiceProps) {
  return (
    <fieldset className="flex max-w-full gap-0.5 overflow-x-auto rounded-lg bg-sunken p-1">
      <legend className="sr-only">{label}</legend>
      {nodes.map(({ name, colour, note }) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          onClick={() => onChoose(name)}
          className={cn(
            'inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-md px-2.5 font-medium text-muted text-xs hover:text-foreground',
            name === chosen && 'bg-raised text-foreground shadow-card',
          )}
        >
          <span aria-hidden className="size-2 rounded-full" style={{ background: colour }} />
          {name}
          {note ? <span className="font-normal text-muted">{note}</span> : null}
        </button>
      ))}
    </fieldset>
  )
}
