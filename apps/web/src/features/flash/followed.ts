'use client'
/** Stations with their cards, and images, as they come and go. */
import type { ImageView, StationView } from '@bramble/db/flash'
import { useEffect, useState } from 'react'
import { openStream, type StreamState } from '@/live/stream.ts'

export interface Followed {
  stations: StationView[]
  images: ImageView[]
  /** Null until the first connection. */
  state: StreamState | null
}

export function useFollowed(initial: Pick<Followed, 'stations' | 'images'>): Followed {
  const [stations, setStations] = useState(initial.stations)
  const [images, setImages] = useState(initial.images)
  const [state, setState] = useState<StreamState | null>(null)
  useEffect(
    () =>
      openStream({
        address: () => '/api/flash/events',
        onState: setState,
        on: { stations: (data) => setStations(JSON.parse(data)), images: (data) => setImages(JSON.parse(data)) },
      }),
    [],
  )
  return { stations, images, state }
}
