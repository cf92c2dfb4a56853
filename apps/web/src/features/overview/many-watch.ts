'use client'
/** The looks at all clusters, over one stream. */
import type { ClusterWatch } from '@bramble/cluster'
import { useEffect, useState } from 'react'
import { openStream, type StreamState } from '@/live/stream.ts'

export type Watches = ReadonlyMap<string, ClusterWatch>

export function useManyWatches(initial: Readonly<Record<string, ClusterWatch>>): {
  watches: Watches
  connection: StreamState | 'connecting'
} {
  const [watches, setWatches] = useState<Watches>(() => new Map(Object.entries(initial)))
  const [connection, setConnection] = useState<StreamState | 'connecting'>('connecting')
  useEffect(
    () =>
      openStream({
        address: () => '/api/live',
        onState: setConnection,
        on: {
          watch: (data) => {
            const { cluster, watch } = JSON.parse(data) as { cluster: string; watch: ClusterWatch }
            setWatches((known) => new Map(known).set(cluster, watch))
          },
        },
      }),
    [],
  )
  return { watches, connection }
}
