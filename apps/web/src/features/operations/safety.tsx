'use client'
/** Quorum, copies and balancers of a cluster while something is done to it. */
import { nodesWith, primaryOf, quorumNeeded, type Role, staying, worksNow } from '@bramble/cluster'
import { Tile, Tiles } from '@/charts/tiles.tsx'
import { members } from '@/features/members/copy.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'

const words = members.safety

export function Safety() {
  const spec = staying(useSpec())
  const watch = useWatch()
  const works = worksNow(spec, watch)
  const known = watch.at !== null
  const count = (role: Role) => nodesWith(spec, role).filter((node) => works(node, role)).length
  const value = (role: Role) => (known ? words.of(count(role), nodesWith(spec, role).length) : '–')
  const needed = quorumNeeded(nodesWith(spec, 'etcd').length)
  const tone = (role: Role, least: number) =>
    !known || count(role) === nodesWith(spec, role).length ? undefined : count(role) < least ? 'bad' : 'warn'
  const primary = primaryOf(watch)
  return (
    <Tiles label={words.title}>
      <Tile
        label={words.quorum}
        value={value('etcd')}
        tone={tone('etcd', needed)}
        note={known ? words.quorumNote(needed) : words.unknown}
      />
      <Tile
        label={words.copies}
        value={value('postgres')}
        tone={known && primary === null ? 'bad' : tone('postgres', 1)}
        note={known ? words.copiesNote(primary) : words.unknown}
      />
      <Tile label={words.address} value={value('balancer')} tone={tone('balancer', 1)} note={spec.vip} />
    </Tiles>
  )
}
