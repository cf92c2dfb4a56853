'use client'
/** Which time the charts show: named spans, a step back and forth, live or standing still, and the link to it. */
import { ChevronLeft, ChevronRight, Link2, Pause, Play, ZoomOut } from 'lucide-react'
import { useEffect, useState } from 'react'
import { windowWords } from '@/charts/axis/time-axis.ts'
import { useCopyMoment } from '@/charts/crosshair/moment-link.ts'
import { ranges as words } from '@/live/copy.ts'
import { resumed, spanNames, stepped, widened, windowOf } from '@/live/range.ts'
import { useRange, useSetRange } from '@/live/use-range.ts'
import { useConnection, useWatchContext } from '@/live/watch-provider.tsx'
import { Light } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { Tooltip } from '@/ui/tooltip.tsx'
import { CustomRange } from './custom-range.tsx'

export function RangeBar({ className }: { className?: string }) {
  const range = useRange()
  const setRange = useSetRange()
  const { now } = useWatchContext()
  const connection = useConnection()
  const copy = useCopyMoment()
  const live = 'live' in range
  return (
    <section
      aria-label={words.label}
      className={cn(
        'sticky top-14 z-20 -mx-4 flex flex-wrap items-center gap-x-3 gap-y-2 border-border border-b bg-background/90 px-4 py-2 backdrop-blur sm:-mx-8 sm:px-8 lg:top-0',
        className,
      )}
    >
      <fieldset className="flex max-w-full gap-0.5 overflow-x-auto rounded-lg bg-sunken p-1">
        <legend className="sr-only">{words.span}</legend>
        {spanNames.map((name) => {
          const here = live && range.live === name
          return (
            <button
              key={name}
              type="button"
              aria-pressed={here}
              title={words.spans[name]}
              onClick={() => setRange({ live: name })}
              className={cn(
                'numeric h-7 rounded-md px-2.5 font-medium text-muted text-xs hover:text-foreground',
                here && 'bg-raised text-foreground shadow-card',
              )}
            >
              {name}
            </button>
          )
        })}
        <CustomRange range={range} onRange={setRange} now={now} />
      </fieldset>
      <div className="flex items-center gap-1">
        <Small label={words.back} onClick={() => setRange(stepped(range, -1, now()))}>
          <ChevronLeft aria-hidden />
        </Small>
        <Small label={words.forth} disabled={live} onClick={() => setRange(stepped(range, 1, now()))}>
          <ChevronRight aria-hidden />
        </Small>
        <Small label={words.wider} onClick={() => setRange(widened(windowOf(range, now()), now()))}>
          <ZoomOut aria-hidden />
        </Small>
        <Button
          size="sm"
          variant="ghost"
          className="min-w-24 justify-start"
          onClick={() => setRange(live ? windowOf(range, now()) : resumed(range))}
          title={live ? words.pauseHint : words.resumeHint}
        >
          {live ? <Pause aria-hidden /> : <Play aria-hidden />}
          {live ? words.pause : words.resume}
        </Button>
        <Small label={words.copy} onClick={copy}>
          <Link2 aria-hidden />
        </Small>
      </div>
      <p className="numeric ml-auto flex items-center gap-2 text-muted text-xs">
        {live ? <Light tone={connection === 'live' ? 'ok' : 'warn'} live={connection === 'live'} /> : null}
        <WindowWords />
      </p>
    </section>
  )
}

/** Made in the browser only: the server does not know the reader's zone. */
function WindowWords() {
  const range = useRange()
  const { now } = useWatchContext()
  const [text, setText] = useState('\u00a0')
  useEffect(() => {
    const say = () => {
      const { from, to } = windowOf(range, now())
      setText(windowWords(from, to))
    }
    say()
    const timer = setInterval(say, 10_000)
    return () => clearInterval(timer)
  }, [range, now])
  return <span>{text}</span>
}

interface SmallProps {
  label: string
  disabled?: boolean
  onClick: () => void
  children: React.ReactNode
}

function Small({ label, disabled, onClick, children }: SmallProps) {
  return (
    <Tooltip content={label} side="bottom">
      <Button variant="ghost" size="icon-sm" aria-label={label} disabled={disabled ?? false} onClick={onClick}>
        {children}
      </Button>
    </Tooltip>
  )
}
