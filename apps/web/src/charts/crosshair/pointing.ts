'use client'
/** Pointer and keys on a plot: crosshair, pin, drag to zoom. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'
import { useBoard } from '@/charts/board/chart-board.tsx'
import { type Bins, binAt } from '@/charts/curve.ts'
import type { Box } from '@/charts/frame.ts'

interface PointingInput {
  id: string
  box: Box
  window: { from: number; to: number }
  bins: Bins
  /** Enter on a moment at which something happened. */
  onOpen: (at: number) => void
}

/** Pixels: less is a click. */
const drag = 6

export function usePointing({ id, box, window, bins, onOpen }: PointingInput) {
  const { crosshair, zoom, unzoom, widen } = useBoard()
  const start = useRef<{ x: number; moved: boolean } | null>(null)
  /** Pixels from the plot's left. */
  const [selection, setSelection] = useState<{ from: number; to: number } | null>(null)
  const span = window.to - window.from
  const timeAt = (x: number) => window.from + (Math.min(box.width, Math.max(0, x)) / box.width) * span
  const xOf = (event: PointerEvent<HTMLElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left

  function stop() {
    start.current = null
    setSelection(null)
  }

  const pointer = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return
      const x = xOf(event)
      start.current = { x, moved: false }
      // A finger moves the crosshair; a mouse draws what to zoom to.
      if (event.pointerType === 'mouse') event.currentTarget.setPointerCapture(event.pointerId)
      else crosshair.move(timeAt(x), id, true)
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const x = xOf(event)
      const mouse = event.pointerType === 'mouse'
      if (!mouse) {
        if (start.current) crosshair.move(timeAt(x), id, true)
        return
      }
      if (start.current && Math.abs(x - start.current.x) > drag) start.current.moved = true
      if (start.current?.moved) setSelection({ from: clamp(start.current.x, box.width), to: clamp(x, box.width) })
      crosshair.point(timeAt(x), id)
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      const began = start.current
      stop()
      if (!began || event.pointerType !== 'mouse') return
      const x = xOf(event)
      if (began.moved) {
        crosshair.clear()
        zoom(timeAt(began.x), timeAt(x))
      } else if (crosshair.read().pinned) crosshair.clear()
      else crosshair.move(timeAt(x), id, true)
    },
    onPointerCancel: stop,
    onPointerLeave: () => crosshair.leave(id),
  }

  function move(bin: number) {
    const time = bins.times[Math.min(bins.times.length - 1, Math.max(0, bin))]
    if (time !== undefined) crosshair.move(Math.min(time + bins.step / 2, window.to), id, true)
  }

  function onKeyDown(event: KeyboardEvent) {
    const { at, pinned } = crosshair.read()
    const here = at === null ? bins.times.length : (binAt(bins, at) ?? bins.times.length)
    const page = Math.max(1, Math.round(bins.times.length / 10))
    const one = event.shiftKey ? page : 1
    const moves: Record<string, () => void> = {
      ArrowLeft: () => move(here - one),
      ArrowRight: () => move(here + one),
      PageUp: () => move(here - page),
      PageDown: () => move(here + page),
      Home: () => move(0),
      End: () => move(bins.times.length - 1),
      '+': () => zoom((at ?? window.to) - span / 4, (at ?? window.to) + span / 4),
      '-': widen,
      Enter: () => {
        if (at !== null) onOpen(at)
      },
      Escape: () => {
        if (pinned) crosshair.clear()
        else unzoom()
      },
    }
    const found = moves[event.key === '=' ? '+' : event.key]
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    found()
  }

  return { pointer, onKeyDown, selection }
}

const clamp = (x: number, width: number): number => Math.min(width, Math.max(0, x))
