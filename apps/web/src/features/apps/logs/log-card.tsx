'use client'
/** The log of an app: followed while the page is open and nobody has stopped it. */
import { Pause, Play, ScrollText, Square } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { logs as words } from './copy.ts'
import { choices, matching, mostLines, type NumberedLine, type Wanted } from './log-lines.ts'
import { useAppLog } from './use-app-log.ts'

/** No process and no node has such a name. */
const everyChoice = '*'
const everything: Wanted = { search: '', process: '', node: '' }

export function LogCard({ cluster, app }: { cluster: string; app: string }) {
  const [following, setFollowing] = useState(false)
  const [paused, setPaused] = useState<readonly NumberedLine[] | null>(null)
  const [wanted, setWanted] = useState(everything)
  const { lines, state, problem } = useAppLog({ cluster, app }, following)
  const shown = paused ?? lines
  const found = shown && matching(shown, wanted)
  const newer = paused && lines ? lines.filter(({ number }) => number > highest(paused)).length : 0
  const begin = () => {
    setPaused(null)
    setFollowing(true)
  }
  const status = !following
    ? ''
    : paused
      ? words.paused(newer)
      : state === 'lost'
        ? words.lost
        : lines === null
          ? words.starting
          : words.live
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.text}</CardDescription>
      </CardHeader>
      <CardContent className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="flex flex-wrap items-center gap-2">
          {!following && (
            <Button onClick={begin}>
              <ScrollText aria-hidden /> {words.follow}
            </Button>
          )}
          {following && (
            <>
              <Button onClick={() => setPaused(paused ? null : (lines ?? []))}>
                {paused ? <Play aria-hidden /> : <Pause aria-hidden />} {paused ? words.resume : words.pause}
              </Button>
              <Button
                onClick={() => {
                  setPaused(lines ?? [])
                  setFollowing(false)
                }}
              >
                <Square aria-hidden /> {words.stop}
              </Button>
            </>
          )}
          <p role="status" className="numeric text-muted text-sm">
            {status}
          </p>
        </div>
        {problem && (
          <Alert tone="bad" title={problem.message}>
            {problem.cure}
          </Alert>
        )}
        {shown && shown.length > 0 && <Filters lines={shown} wanted={wanted} onWanted={setWanted} />}
        {found && found.length === 0 && (
          <p className="text-muted text-sm">{shown?.length === 0 ? words.empty : words.noMatch}</p>
        )}
        {found && found.length > 0 && <Lines lines={found} follows={following && !paused} />}
        {shown && shown.length >= mostLines && <p className="text-muted text-xs">{words.kept(mostLines)}</p>}
      </CardContent>
    </Card>
  )
}

const highest = (lines: readonly NumberedLine[]): number => Math.max(0, ...lines.map(({ number }) => number))

interface FiltersProps {
  lines: readonly NumberedLine[]
  wanted: Wanted
  onWanted: (wanted: Wanted) => void
}

function Filters({ lines, wanted, onWanted }: FiltersProps) {
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Field label={words.search} className="min-w-48 flex-1">
        {(control) => (
          <Input
            {...control}
            type="search"
            value={wanted.search}
            onChange={(event) => onWanted({ ...wanted, search: event.target.value })}
          />
        )}
      </Field>
      {(['process', 'node'] as const).map((of) => (
        <Field key={of} label={words[of]}>
          {(control) => (
            <Select
              value={wanted[of] || everyChoice}
              onValueChange={(choice) => onWanted({ ...wanted, [of]: choice === everyChoice ? '' : choice })}
            >
              <SelectTrigger {...control} className="min-w-32">
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value={everyChoice}>{words.all}</SelectItem>
                {choices(lines, of).map((choice) => (
                  <SelectItem key={choice} value={choice}>
                    {choice}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </Field>
      ))}
    </div>
  )
}

/** Stays at the newest line unless its reader has scrolled up. */
function Lines({ lines, follows }: { lines: readonly NumberedLine[]; follows: boolean }) {
  const place = useRef<HTMLElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (follows && isAtEnd.current && place.current) place.current.scrollTop = place.current.scrollHeight
  }, [lines, follows])
  return (
    <section
      ref={place}
      aria-label={words.title}
      className="max-h-96 overflow-auto rounded-md bg-sunken p-3"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24
      }}
    >
      <ol className="numeric grid list-none gap-0.5 text-xs">
        {lines.map(({ number, at, node, process, text }) => (
          <li key={number} className="wrap-anywhere whitespace-pre-wrap">
            <span className="text-muted">
              {at.slice(0, 19).replace('T', ' ')} {node} {process}
            </span>{' '}
            {text}
          </li>
        ))}
      </ol>
    </section>
  )
}
