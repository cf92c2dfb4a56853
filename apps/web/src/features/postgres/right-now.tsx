'use client'
/** The database at this moment in five figures. */
import { connectionUse, nodesWith, primaryOf, stateOf } from '@bramble/cluster'
import { nodeLook } from '@/charts/look.ts'
import { Tile, Tiles } from '@/charts/tiles.tsx'
import { figure } from '@/format/figure.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { postgres } from './copy.ts'

const words = postgres.now

export function RightNow() {
  const spec = useSpec()
  const watch = useWatch()
  const primary = primaryOf(watch)
  const state = primary === null ? null : (stateOf(watch, primary)?.postgres ?? null)
  const copies = nodesWith(spec, 'postgres').length
  const use = primary === null ? null : connectionUse(watch, primary)
  const streaming = state?.replication.filter((one) => one.state === 'streaming').length ?? 0
  const behind = state?.replication.reduce((most, one) => Math.max(most, one.lagBytes), 0)
  return (
    <Tiles label={words.label}>
      <Tile
        label={words.primary}
        tone={watch.at !== null && primary === null ? 'bad' : undefined}
        value={primary ?? (watch.at === null ? '–' : words.none)}
        mark={primary === null ? undefined : nodeLook(spec, primary).colour}
        note={
          state ? (
            <>
              {words.version} {state.version} · {words.since} <RelativeTime at={state.startedAt} />
            </>
          ) : watch.at === null ? (
            words.unknown
          ) : (
            words.noneText
          )
        }
      />
      <Tile
        label={words.connections}
        value={use === null ? '–' : String(use.used)}
        tone={use === null ? undefined : use.waiting > 0 ? 'bad' : use.used > use.most * 0.85 ? 'warn' : undefined}
        note={use === null ? ' ' : words.connectionsNote(use.most, use.waiting)}
      />
      <Tile
        label={words.longest}
        value={state?.longest ? figure(state.longest.seconds, 'seconds') : '–'}
        tone={(state?.longest?.seconds ?? 0) > 600 ? 'warn' : undefined}
        note={state ? (state.longest ? `${state.longest.user} · ${state.longest.state}` : words.idle) : ' '}
      />
      <Tile
        label={words.lag}
        value={state && state.replication.length > 0 ? figure(behind ?? 0, 'bytes') : '–'}
        tone={state && streaming < copies - 1 ? 'warn' : undefined}
        note={state ? (copies > 1 ? words.replicas(streaming, copies - 1) : words.noReplicas) : ' '}
      />
      <Tile
        label={words.size}
        value={
          state
            ? figure(
                state.databases.reduce((sum, one) => sum + one.size, 0),
                'bytes',
              )
            : '–'
        }
        note={state ? words.databases(state.databases.length) : ' '}
      />
    </Tiles>
  )
}
