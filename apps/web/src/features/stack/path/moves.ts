/** How a role is carried from Pi to Pi with the keyboard, and what is said of it. */
import {
  type Announcements,
  KeyboardCode,
  type KeyboardCoordinateGetter,
  type ScreenReaderInstructions,
} from '@dnd-kit/core'
import { moves } from '@/features/stack/copy.ts'

/** Up and down go from board to board; other keys do nothing while a role is held. */
export const boardToBoard: KeyboardCoordinateGetter = (event, { context }) => {
  const step = event.code === KeyboardCode.Down ? 1 : event.code === KeyboardCode.Up ? -1 : 0
  if (step === 0 || !context.collisionRect) return undefined
  event.preventDefault()
  const boards = context.droppableContainers
    .getEnabled()
    .flatMap((entry) => {
      const rect = context.droppableRects.get(entry.id)
      return rect ? [{ id: entry.id, rect }] : []
    })
    .sort((a, b) => a.rect.top - b.rect.top)
  const over = boards.findIndex((board) => board.id === context.over?.id)
  const next = boards[Math.min(boards.length - 1, Math.max(0, Math.max(over, 0) + step))]
  if (!next) return undefined
  return {
    x: context.collisionRect.left,
    y: next.rect.top + next.rect.height / 2 - context.collisionRect.height / 2,
  }
}

export const instructions: ScreenReaderInstructions = { draggable: moves.instructions }

const who = (data: Record<string, unknown> | undefined) => [String(data?.role), String(data?.node)] as const

export const announcements: Announcements = {
  onDragStart: ({ active }) => moves.picked(...who(active.data.current)),
  onDragOver: ({ active, over }) => (over ? moves.over(who(active.data.current)[0], String(over.id)) : moves.nowhere),
  onDragEnd: ({ active, over }) =>
    over ? moves.dropped(who(active.data.current)[0], String(over.id)) : moves.kept(who(active.data.current)[0]),
  onDragCancel: ({ active }) => moves.kept(who(active.data.current)[0]),
}
