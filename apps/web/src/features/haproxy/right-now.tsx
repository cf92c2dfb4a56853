'use client'
/** The way in at this moment: who carries the address, and what it leads to. */
import { type BackendName, frontDoor, vipHolders } from '@bramble/cluster'
import { nodeLook } from '@/charts/look.ts'
import { Tile, Tiles } from '@/charts/tiles.tsx'
import { figure } from '@/format/figure.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { boardRows } from './board-rows.ts'
import { haproxy } from './copy.ts'

const words = haproxy.now

export function RightNow() {
  const spec = useSpec()
  const watch = useWatch()
  const holders = vipHolders(spec, watch)
  const [holder = null] = holders
  const door = frontDoor(spec, watch)
  const rows = (backend: BackendName) => boardRows(spec, watch, backend, holder)
  const up = (backend: BackendName) => rows(backend).filter(({ status }) => status === 'up' || status === 'unchecked')
  const [webs, primaries, replicas] = [up('web'), up('postgres-primary'), up('postgres-replicas')]
  const torn = (['web', 'postgres-primary', 'postgres-replicas'] as const)
    .flatMap(rows)
    .filter((row) => row.torn).length
  const known = door !== null
  return (
    <Tiles label={words.label}>
      <Tile
        label={`${words.holder} ${spec.vip}`}
        tone={watch.at !== null && holders.length !== 1 ? 'bad' : undefined}
        value={
          watch.at === null ? '–' : holders.length > 1 ? words.several(holders.join(', ')) : (holder ?? words.nobody)
        }
        mark={holders.length === 1 && holder ? nodeLook(spec, holder).colour : undefined}
        note={
          watch.at === null
            ? words.unknown
            : holders.length > 1
              ? words.severalText
              : holder === null
                ? words.nobodyText
                : door
                  ? `${words.version(door.haproxy.version)} · ${words.since} ${figure(door.haproxy.uptime, 'seconds')}`
                  : ' '
        }
      />
      <Tile
        label={words.site}
        value={known ? words.up(webs.length, rows('web').length) : '–'}
        tone={known && webs.length === 0 ? 'bad' : known && webs.length < rows('web').length ? 'warn' : undefined}
        note={words.webText}
      />
      <Tile
        label={words.readWrite}
        value={known ? (primaries[0]?.server ?? '–') : '–'}
        mark={primaries[0] ? nodeLook(spec, primaries[0].server).colour : undefined}
        tone={known && primaries.length === 0 ? 'bad' : undefined}
        note={!known ? ' ' : primaries[0] ? words.primaryText(primaries[0].server) : words.noPrimary}
      />
      <Tile
        label={words.readOnly}
        value={known ? String(replicas.length) : '–'}
        tone={known && replicas.length === 0 ? 'warn' : undefined}
        note={!known ? ' ' : replicas.length > 0 ? words.replicasText : words.noReplicas}
      />
      <Tile
        label={words.disagree}
        value={known ? String(torn) : '–'}
        tone={torn > 0 ? 'warn' : undefined}
        note={known ? words.disagreeText(torn) : ' '}
      />
    </Tiles>
  )
}
