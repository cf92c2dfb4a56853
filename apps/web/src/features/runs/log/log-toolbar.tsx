'use client'
/** What is shown of the log, and where the reader goes in it. */
import { ArrowDownToLine, ChevronDown, ChevronUp, ClipboardCopy, Download, ListFilter } from 'lucide-react'
import type { RefObject } from 'react'
import type { Connection } from '@/features/runs/stream.ts'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { Input } from '@/ui/input.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { Tooltip } from '@/ui/tooltip.tsx'
import { log as words } from './copy.ts'
import type { LineFilter, StreamChoice } from './log-find.ts'

const everyone = '*'

interface FindBarProps {
  field: RefObject<HTMLInputElement | null>
  find: string
  onFind: (text: string) => void
  /** Which match the reader is at, from 1, and how many there are. */
  at: number | null
  of: number
  onStep: (direction: 1 | -1) => void
  only: boolean
  onOnly: (only: boolean) => void
}

export function FindBar({ field, find, onFind, at, of, onStep, only, onOnly }: FindBarProps) {
  const seeking = find.trim() !== ''
  return (
    <search className="flex min-w-0 flex-1 items-center gap-1">
      <div className="relative min-w-0 flex-1 sm:max-w-80">
        <Input
          ref={field}
          type="search"
          placeholder={words.find}
          aria-label={words.find}
          title={words.findHint}
          aria-keyshortcuts="/"
          className="h-8 pr-20"
          value={find}
          onChange={(event) => onFind(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              event.preventDefault()
              onStep(event.shiftKey ? -1 : 1)
            } else if (event.key === 'Escape') {
              event.preventDefault()
              if (find) onFind('')
              else event.currentTarget.blur()
            }
          }}
        />
        <span
          role="status"
          className="numeric pointer-events-none absolute inset-y-0 right-8 grid place-items-center text-muted text-xs"
        >
          {seeking ? words.count(at, of) : ''}
        </span>
      </div>
      <Button size="icon-sm" variant="ghost" aria-label={words.previous} disabled={of === 0} onClick={() => onStep(-1)}>
        <ChevronUp aria-hidden />
      </Button>
      <Button size="icon-sm" variant="ghost" aria-label={words.next} disabled={of === 0} onClick={() => onStep(1)}>
        <ChevronDown aria-hidden />
      </Button>
      <Tooltip content={words.only}>
        <Button
          size="icon-sm"
          variant={only ? 'secondary' : 'ghost'}
          aria-label={words.only}
          aria-pressed={only}
          onClick={() => onOnly(!only)}
        >
          <ListFilter aria-hidden />
        </Button>
      </Tooltip>
    </search>
  )
}

interface FilterBarProps {
  filter: LineFilter
  onFilter: (filter: LineFilter) => void
  nodes: readonly string[]
  onTime: (clock: string) => void
  lines: number
  connection: Connection
}

export function FilterBar({ filter, onFilter, nodes, onTime, lines, connection }: FilterBarProps) {
  return (
    <>
      <Select
        value={filter.node ?? everyone}
        onValueChange={(value) => onFilter({ ...filter, node: value === everyone ? null : value })}
      >
        <SelectTrigger className="h-8 w-32" aria-label={words.node}>
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={everyone}>{words.everyNode}</SelectItem>
          {nodes.map((name) => (
            <SelectItem key={name} value={name}>
              {name}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <Select value={filter.stream} onValueChange={(value) => onFilter({ ...filter, stream: value as StreamChoice })}>
        <SelectTrigger className="h-8 w-40" aria-label={words.stream}>
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {(Object.keys(words.streams) as StreamChoice[]).map((stream) => (
            <SelectItem key={stream} value={stream}>
              {words.streams[stream]}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <Tooltip content={words.time}>
        <Input
          type="time"
          step={1}
          aria-label={words.time}
          className="numeric h-8 w-34 px-2"
          onChange={(event) => event.target.value && onTime(event.target.value)}
        />
      </Tooltip>
      <span className="numeric text-muted text-xs" aria-live="off">
        {words.lines(lines)}
        {connection === 'lost' && <span className="text-warn"> · {words.lost}</span>}
        {connection === 'live' && ` · ${words.live}`}
      </span>
    </>
  )
}

interface HandlingProps {
  run: string
  follow: boolean
  onFollow: (follow: boolean) => void
  onCopy: () => void
}

export function Handling({ run, follow, onFollow, onCopy }: HandlingProps) {
  return (
    <div className="ml-auto flex items-center gap-1">
      <Button
        size="sm"
        variant={follow ? 'secondary' : 'ghost'}
        aria-pressed={follow}
        onClick={() => onFollow(!follow)}
      >
        <ArrowDownToLine aria-hidden /> {words.follow}
      </Button>
      <Tooltip content={words.copy}>
        <Button size="icon-sm" variant="ghost" aria-label={words.copy} onClick={onCopy}>
          <ClipboardCopy aria-hidden />
        </Button>
      </Tooltip>
      <Dropdown>
        <Tooltip content={words.download}>
          <DropdownTrigger asChild>
            <Button size="icon-sm" variant="ghost" aria-label={words.download}>
              <Download aria-hidden />
            </Button>
          </DropdownTrigger>
        </Tooltip>
        <DropdownContent>
          {(['text', 'jsonl'] as const).map((format) => (
            <DropdownItem key={format} asChild>
              <a href={`/api/runs/${run}/log/${format}`} download>
                {words.formats[format]}
              </a>
            </DropdownItem>
          ))}
        </DropdownContent>
      </Dropdown>
    </div>
  )
}
