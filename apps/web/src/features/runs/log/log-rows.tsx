'use client'
/** The rows of the log. Only those in sight are drawn, so that 20 000 lines scroll like twenty. */
import { memo, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { LogLine } from '@/features/runs/view.ts'
import { cn } from '@/ui/cn.ts'
import { log as words } from './copy.ts'
import { visibleRange } from './log-buffer.ts'
import { Marked } from './marked.tsx'

export const rowHeight = 20

interface LogRowsProps {
  frame: RefObject<HTMLElement | null>
  lines: readonly LogLine[]
  /** In lower case; empty: nothing is sought. */
  needle: string
  follow: boolean
  onFollow: (follow: boolean) => void
  /** Number of the line that is linked to, and place of the match where the reader is. */
  marked: number | null
  current: number | null
  onMark: (seq: number) => void
  empty: string
}

export function LogRows({ frame, lines, needle, follow, onFollow, marked, current, onMark, empty }: LogRowsProps) {
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
      aria-label={words.title}
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
          {lines.slice(from, to).map((line, at) => (
            <Row
              key={line.seq}
              line={line}
              needle={needle}
              marked={line.seq === marked}
              current={from + at === current}
              onMark={onMark}
            />
          ))}
        </div>
      </div>
    </section>
  )
}

const inks = { stdout: '', stderr: 'text-warn', bramble: 'font-medium text-primary' }

interface RowProps {
  line: LogLine
  needle: string
  marked: boolean
  current: boolean
  onMark: (seq: number) => void
}

const Row = memo(function Row({ line, needle, marked, current, onMark }: RowProps) {
  return (
    <div
      id={`L${line.seq}`}
      data-testid="log-line"
      className={cn(
        'flex gap-3 whitespace-pre px-3',
        current && 'bg-primary-subtle',
        marked && 'bg-warn-subtle shadow-[inset_3px_0_0_var(--warn)]',
      )}
      style={{ height: rowHeight, lineHeight: `${rowHeight}px` }}
    >
      <a
        href={`#L${line.seq}`}
        aria-label={words.linkTo(line.seq)}
        className="numeric w-10 shrink-0 select-none text-right text-muted hover:text-foreground hover:underline"
        // Twenty thousand stops would trap who goes on by Tab; the marked line has its link below the log.
        tabIndex={-1}
        onClick={(event) => {
          event.preventDefault()
          onMark(line.seq)
        }}
      >
        {line.seq}
      </a>
      <time
        dateTime={line.at}
        className="numeric hidden shrink-0 select-none text-muted sm:inline"
        title={moment(line.at)}
      >
        {clock(line.at)}
      </time>
      <span className="w-16 shrink-0 select-none overflow-hidden text-ellipsis text-muted">
        {line.node ?? 'bramble'}
      </span>
      <span className={inks[line.stream]}>
        <Marked text={line.text} needle={needle} current={current} />
      </span>
    </div>
  )
})

/** Time of day where the reader is. */
function clock(iso: string): string {
  const at = new Date(iso)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

/** The whole moment, with the zone's name. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, {
    ...({ year: 'numeric', month: 'short', day: 'numeric', timeZoneName: 'short' } as const),
    ...({ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const),
  })
}
