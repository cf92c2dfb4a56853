'use client'
import { ranges } from '@/live/copy.ts'
import { type Range, type SpanName, spanNames } from '@/live/range.ts'
import { cn } from '@/ui/cn.ts'
/** Which events are shown: of which time, of which kind, of which Pi. All of it stands in the address. */
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { timeline as words } from './copy.ts'
import { type Filter, type GroupName, groupNames } from './groups.ts'

const chip =
  'numeric inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded-full border border-border px-3 font-medium text-muted text-xs transition-colors hover:text-foreground aria-pressed:border-primary/50 aria-pressed:bg-primary-subtle aria-pressed:text-primary'

export function SpanChoice({ range, onRange }: { range: Range; onRange: (span: SpanName) => void }) {
  return (
    <fieldset className="flex max-w-full gap-0.5 overflow-x-auto rounded-lg bg-sunken p-1">
      <legend className="sr-only">{words.spans}</legend>
      {spanNames.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={'live' in range && range.live === name}
          title={ranges.spans[name]}
          onClick={() => onRange(name)}
          className="numeric h-7 rounded-md px-2.5 font-medium text-muted text-xs hover:text-foreground aria-pressed:bg-raised aria-pressed:text-foreground aria-pressed:shadow-card"
        >
          {name}
        </button>
      ))}
    </fieldset>
  )
}

interface FilterChoiceProps {
  filter: Filter
  nodes: readonly string[]
  /** How many of each group there are in this time. */
  counts: ReadonlyMap<GroupName, number>
  onFilter: (filter: Filter) => void
}

export function FilterChoice({ filter, nodes, counts, onFilter }: FilterChoiceProps) {
  const toggle = (name: GroupName) => {
    const on = filter.groups.includes(name)
    onFilter({ ...filter, groups: on ? filter.groups.filter((entry) => entry !== name) : [...filter.groups, name] })
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="sr-only">{words.kinds}</legend>
        <button
          type="button"
          className={chip}
          aria-pressed={filter.groups.length === 0}
          onClick={() => onFilter({ ...filter, groups: [] })}
        >
          {words.everything}
        </button>
        {groupNames.map((name) => (
          <button
            key={name}
            type="button"
            className={chip}
            aria-pressed={filter.groups.includes(name)}
            onClick={() => toggle(name)}
          >
            {words.groups[name]}
            <span className={cn('opacity-75', !counts.get(name) && 'opacity-50')}>{counts.get(name) ?? 0}</span>
          </button>
        ))}
      </fieldset>
      <Select
        value={filter.node ?? 'all'}
        onValueChange={(value) => onFilter({ ...filter, node: value === 'all' ? null : value })}
      >
        <SelectTrigger className="h-8 w-36 text-xs" aria-label={words.node}>
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value="all">{words.allNodes}</SelectItem>
          {nodes.map((node) => (
            <SelectItem key={node} value={node}>
              {node}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  )
}
