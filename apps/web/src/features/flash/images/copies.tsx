/** How far a station is with its copy of an image. */
import type { ImageCopyView } from '@bramble/db/flash'
import { imageStates } from '@/features/flash/copy.ts'
import { bytesWords, share } from '@/features/flash/figures.ts'
import { Badge, Light } from '@/ui/badge.tsx'
import { Progress } from '@/ui/progress.tsx'

type Copy = Pick<ImageCopyView, 'state' | 'done' | 'total' | 'stationName'>

/** Null: the station has never been asked for a copy. */
export function CopyState({ copy }: { copy: Copy | null }) {
  const state = imageStates[copy?.state ?? 'missing']
  return (
    <Badge tone={state.tone}>
      <Light tone={state.tone} live={state.live} />
      {state.label}
    </Badge>
  )
}

/** A bar with its bytes; nothing while nothing goes on. */
export function CopyProgress({ copy }: { copy: Copy | null }) {
  const going = copy !== null && ['downloading', 'unpacking', 'checking'].includes(copy.state)
  if (!going) return null
  const { done, total, stationName } = copy
  return (
    <div className="grid gap-1">
      <Progress value={share(done, total)} label={`${imageStates[copy.state].label}, ${stationName}`} />
      <p className="numeric text-muted text-xs">
        {bytesWords(done)}
        {total !== null && ` of ${bytesWords(total)}`}
      </p>
    </div>
  )
}
