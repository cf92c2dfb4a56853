'use client'
/** The live log. Only the rows in sight are drawn, so that 20 000 lines scroll like twenty. */
import { ArrowDownToLine, ClipboardCopy, Download } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { toast } from 'sonner'
import { Button, buttonStyle } from '@/components/ui/button.tsx'
import { cn } from '@/components/ui/cn.ts'
import { Input } from '@/components/ui/input.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/components/ui/select.tsx'
import { Tooltip } from '@/components/ui/tooltip.tsx'
import { asText, type LogBuffer, ofNode, visibleRange } from './log-buffer.ts'
import type { Connection } from './stream.ts'
import type { LogLine } from './view.ts'

const rowHeight = 20
const everyone = '*'

interface LogViewProps {
  runId: string
  log: LogBuffer
  nodes: readonly string[]
  connection: Connection
  /** Sequence number of a line to bring into sight; `asked` rises with every wish. */
  target: { seq: number; asked: number } | null
}

export function LogView({ runId, log, nodes, connection, target }: LogViewProps) {
  const [node, setNode] = useState<string | null>(null)
  const [find, setFind] = useState('')
  const [follow, setFollow] = useState(true)
  const frame = useRef<HTMLElement>(null)
  const [marked, setMarked] = useState<number | null>(null)
  const lines = useMemo(() => {
    const wanted = find.trim().toLowerCase()
    const list = ofNode(log.lines, node)
    return wanted ? list.filter((line) => line.text.toLowerCase().includes(wanted)) : list
  }, [log.lines, node, find])

  useEffect(() => {
    if (!target) return
    setNode(null)
    setFind('')
    setFollow(false)
    setMarked(target.seq)
  }, [target])

  // After the filters were lifted the list holds every line again, so the place can be computed.
  useLayoutEffect(() => {
    const box = frame.current
    if (!box || marked === null || follow) return
    const at = lines.findIndex((line) => line.seq === marked)
    if (at < 0) return
    box.scrollTop = at * rowHeight - box.clientHeight / 2
    box.scrollIntoView({ block: 'nearest' })
  }, [marked, target])

  async function copy() {
    try {
      await navigator.clipboard.writeText(asText(lines))
      toast.success(`${lines.length} lines copied`)
    } catch {
      toast.error('The browser did not allow copying', { description: 'Use Download instead.' })
    }
  }

  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Select value={node ?? everyone} onValueChange={(value) => setNode(value === everyone ? null : value)}>
          <SelectTrigger className="h-8 w-36" aria-label="Lines of which Pi">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={everyone}>All Pis</SelectItem>
            {nodes.map((name) => (
              <SelectItem key={name} value={name}>
                {name}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
        <Input
          type="search"
          placeholder="Find in the log"
          aria-label="Find in the log"
          className="h-8 w-44 max-sm:flex-1"
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <span className="numeric text-muted text-xs" aria-live="off">
          {lines.length.toLocaleString('en')} {lines.length === 1 ? 'line' : 'lines'}
          {connection === 'lost' && <span className="text-warn"> · connection lost, trying again</span>}
          {connection === 'live' && ' · live'}
        </span>
        <div className="ml-auto flex items-center gap-1">
          <Button
            size="sm"
            variant={follow ? 'secondary' : 'ghost'}
            aria-pressed={follow}
            onClick={() => setFollow(!follow)}
          >
            <ArrowDownToLine aria-hidden /> Follow
          </Button>
          <Tooltip content="Copy the lines shown">
            <Button size="icon-sm" variant="ghost" aria-label="Copy the lines shown" onClick={copy}>
              <ClipboardCopy aria-hidden />
            </Button>
          </Tooltip>
          <Tooltip content="Download the whole log">
            <a
              className={buttonStyle({ variant: 'ghost', size: 'icon-sm' })}
              href={`/api/runs/${runId}/log/text`}
              aria-label="Download the whole log"
              download
            >
              <Download aria-hidden />
            </a>
          </Tooltip>
        </div>
      </div>
      <Rows
        frame={frame}
        lines={lines}
        follow={follow}
        onFollow={setFollow}
        marked={marked}
        empty={emptyWords(log, connection)}
      />
    </div>
  )
}

function emptyWords(log: LogBuffer, connection: Connection): string {
  if (log.lines.length > 0) return 'No line matches.'
  return connection === 'ended' ? 'This run wrote no log.' : 'Waiting for the first line…'
}

interface RowsProps {
  frame: RefObject<HTMLElement | null>
  lines: readonly LogLine[]
  follow: boolean
  onFollow: (follow: boolean) => void
  marked: number | null
  empty: string
}

function Rows({ frame, lines, follow, onFollow, marked, empty }: RowsProps) {
  const [view, setView] = useState({ top: 0, height: 480 })
  // Only a reader's own hand ends following: scroll events also come from new lines and new heights.
  const touched = useRef(0)
  const touch = () => {
    touched.current = Date.now()
  }
  const { from, to } = visibleRange(view.top, view.height, rowHeight, lines.length)

  useEffect(() => {
    const box = frame.current
    if (!box) return
    const measure = () => setView({ top: box.scrollTop, height: box.clientHeight })
    const watch = new ResizeObserver(measure)
    watch.observe(box)
    return () => watch.disconnect()
  }, [frame])

  useLayoutEffect(() => {
    const box = frame.current
    if (box && follow && lines.length > 0) box.scrollTop = box.scrollHeight
  }, [frame, follow, lines.length])

  return (
    <section
      ref={frame}
      role="log"
      aria-live="off"
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
      tabIndex={0}
      className="relative h-[26rem] overflow-auto [overflow-anchor:none] rounded-md border border-border bg-sunken font-mono text-xs 2xl:h-[36rem]"
      onWheel={touch}
      onTouchMove={touch}
      onPointerDown={touch}
      onKeyDown={touch}
      onScroll={(event) => {
        const box = event.currentTarget
        setView({ top: box.scrollTop, height: box.clientHeight })
        const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < rowHeight * 2
        const byHand = Date.now() - touched.current < 1_000
        if (byHand) touch()
        if (byHand && atEnd !== follow && (atEnd || box.scrollTop < view.top)) onFollow(atEnd)
      }}
    >
      {lines.length === 0 && <p className="p-4 text-muted">{empty}</p>}
      <div className="relative min-w-full" style={{ height: lines.length * rowHeight }}>
        <div
          className="absolute top-0 left-0 w-max min-w-full"
          style={{ transform: `translateY(${from * rowHeight}px)` }}
        >
          {lines.slice(from, to).map((line) => (
            <Row key={line.seq} line={line} marked={line.seq === marked} />
          ))}
        </div>
      </div>
    </section>
  )
}

const inks = { stdout: '', stderr: 'text-warn', bramble: 'font-medium text-primary' }

function Row({ line, marked }: { line: LogLine; marked: boolean }) {
  return (
    <div
      id={`L${line.seq}`}
      className={cn('flex gap-3 whitespace-pre px-3', marked && 'bg-warn-subtle shadow-[inset_3px_0_0_var(--warn)]')}
      style={{ height: rowHeight, lineHeight: `${rowHeight}px` }}
    >
      <span className="numeric w-10 shrink-0 select-none text-right text-muted">{line.seq}</span>
      <span className="numeric hidden shrink-0 select-none text-muted sm:inline" title={line.at}>
        {clock(line.at)}
      </span>
      <span className="w-16 shrink-0 select-none overflow-hidden text-ellipsis text-muted">
        {line.node ?? 'bramble'}
      </span>
      <span className={inks[line.stream]}>{line.text}</span>
    </div>
  )
}

/** Time of day where the reader is. */
function clock(iso: string): string {
  const at = new Date(iso)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
