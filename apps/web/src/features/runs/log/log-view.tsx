'use client'
/** The live log: found in, filtered, linked to, copied, downloaded. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import type { Connection } from '@/features/runs/stream.ts'
import type { LogLine } from '@/features/runs/view.ts'
import { copyText } from '@/ui/copy-text.ts'
import { log as words } from './copy.ts'
import { asText, type LogBuffer } from './log-buffer.ts'
import { everyLine, type LineFilter, lineAt, type Sieve, sift, step } from './log-find.ts'
import { MarkedLine } from './log-line.tsx'
import { LogRows, rowHeight } from './log-rows.tsx'
import { FilterBar, FindBar, Handling } from './log-toolbar.tsx'

interface LogViewProps {
  runId: string
  log: LogBuffer
  /** How many lines the run wrote; they may have been deleted since. */
  written: number
  nodes: readonly string[]
  connection: Connection
  /** Number of a line to bring into sight; `asked` rises with every wish. */
  target: { seq: number; asked: number } | null
  /** What is sought at first. */
  sought: string
}

export function LogView({ runId, log, written, nodes, connection, target, sought }: LogViewProps) {
  const [filter, setFilter] = useState(everyLine)
  const [find, setFind] = useState(sought)
  const [only, setOnly] = useState(false)
  const [follow, setFollow] = useState(true)
  const [marked, setMarked] = useState<number | null>(null)
  /** Place among the lines that are shown of the match where the reader is. */
  const [current, setCurrent] = useState<number | null>(null)
  const frame = useRef<HTMLElement>(null)
  const field = useRef<HTMLInputElement>(null)

  const needle = find.trim().toLowerCase()
  const sieve = useSieve(log.lines, filter, needle)
  const narrowed = only && needle !== ''
  const lines = narrowed ? sieve.matches.map((at) => sieve.lines[at]!) : sieve.lines
  const markedLine = marked === null ? null : (log.lines[marked - 1] ?? null)

  const show = useCallback((at: number) => {
    setFollow(false)
    const box = frame.current
    if (box) box.scrollTop = at * rowHeight - box.clientHeight / 2
  }, [])

  const goOn = useCallback(
    (direction: 1 | -1) => {
      const places = narrowed ? sieve.matches.map((_, at) => at) : sieve.matches
      const box = frame.current
      // Without a place of its own the search begins where the reader is.
      const seen = box ? Math.floor(box.scrollTop / rowHeight) : 0
      const next = step(places, current ?? (direction === 1 ? seen - 1 : seen), direction)
      setCurrent(next)
      if (next !== null) show(next)
    },
    [narrowed, sieve.matches, current, show],
  )

  // Lines that are shown are others now: the place of the match is no more.
  function changeFind(text: string) {
    setFind(text)
    setCurrent(null)
  }
  function changeFilter(next: LineFilter) {
    setFilter(next.node === null && next.stream === 'all' ? everyLine : next)
    setCurrent(null)
  }
  function changeOnly(next: boolean) {
    setOnly(next)
    setCurrent(null)
  }

  const mark = useCallback((seq: number | null) => {
    setMarked(seq)
    history.replaceState(null, '', `${location.pathname}${location.search}${seq === null ? '' : `#L${seq}`}`)
  }, [])

  useEffect(() => {
    if (!target) return
    setFilter(everyLine)
    setOnly(false)
    setCurrent(null)
    setFollow(false)
    setMarked(target.seq)
  }, [target])

  // After the filters were lifted the list holds every line again, so the place can be computed.
  const there = target !== null && target.seq <= log.lines.length
  useLayoutEffect(() => {
    const box = frame.current
    if (!box || !target || !there) return
    box.scrollTop = (target.seq - 1) * rowHeight - box.clientHeight / 2
    box.scrollIntoView({ block: 'nearest' })
  }, [target, there])

  useLogKeys(field, goOn)

  async function copy() {
    if (await copyText(asText(lines))) toast.success(words.copied(lines.length))
    else toast.error(words.notCopied, { description: words.notCopiedCure })
  }

  const places = sieve.matches
  const at = current === null ? null : narrowed ? current : places.indexOf(current)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <FindBar
          {...{ field, find, only }}
          onFind={changeFind}
          onStep={goOn}
          onOnly={changeOnly}
          at={at === null || at < 0 ? null : at + 1}
          of={places.length}
        />
        <Handling run={runId} follow={follow} onFollow={setFollow} onCopy={copy} />
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <FilterBar
          {...{ filter, nodes, connection }}
          onFilter={changeFilter}
          onTime={(clock) => {
            const place = lineAt(lines, clock)
            if (place !== null) show(place)
          }}
          lines={lines.length}
        />
      </div>
      <LogRows
        {...{ frame, lines, needle, follow, marked, current }}
        onFollow={setFollow}
        onMark={mark}
        empty={emptyWords(log, connection, written)}
      />
      {markedLine && <MarkedLine line={markedLine} onClose={() => mark(null)} />}
    </div>
  )
}

/** Goes on where it ended when the log only grew: a batch of lines comes ten times a second. */
function useSieve(source: readonly LogLine[], filter: LineFilter, needle: string): Sieve {
  const kept = useRef<Sieve | null>(null)
  kept.current = sift(source, filter, needle, kept.current)
  return kept.current
}

/** `/` to find, `n` and `N` to go on; not while something is typed, and not with a modifier. */
function useLogKeys(field: React.RefObject<HTMLInputElement | null>, goOn: (direction: 1 | -1) => void) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return
      if (event.key === '/') {
        event.preventDefault()
        field.current?.focus()
        field.current?.select()
      } else if (event.key === 'n' || event.key === 'N') goOn(event.key === 'n' ? 1 : -1)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [field, goOn])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"]') !==
      null
  )
}

function emptyWords(log: LogBuffer, connection: Connection, written: number): string {
  if (log.lines.length > 0) return words.empty.filtered
  if (connection !== 'ended') return words.empty.waiting
  return written > 0 ? words.empty.removed : words.empty.none
}
