'use client'
/** Everything live below a cluster's layout: one stream a tab, one cache of series, one clock. */
import type { ClusterSpec, ClusterWatch } from '@bramble/cluster'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from 'react'
import { growLive } from './live-growth.ts'
import { type SeriesLoader, seriesLoader } from './series-batch.ts'
import { type Connection, WatchStore } from './watch-store.ts'

interface WatchContext {
  spec: ClusterSpec
  store: WatchStore
  load: SeriesLoader
  /** Seconds since 1970 by the server's clock. */
  now: () => number
}

const Context = createContext<WatchContext | null>(null)

interface WatchProviderProps {
  spec: ClusterSpec
  initial: ClusterWatch
  /** The server's clock when it made the page, ms. */
  now: number
  children: ReactNode
}

/** A browser's clock that is wrong by more than this would draw an empty end; ms. */
const tolerated = 5_000
/** Live charts go on when nobody tells of looks, so that the silence is seen; ms. */
const idle = 15_000

export function WatchProvider({ spec, initial, now, children }: WatchProviderProps) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnMount: false } } }))
  const [made] = useState(() => {
    const skew = Math.abs(now - Date.now()) > tolerated ? now - Date.now() : 0
    return {
      store: new WatchStore(spec.name, initial),
      load: seriesLoader(spec.name),
      now: () => (Date.now() + skew) / 1000,
    }
  })
  useEffect(() => {
    let last = 0
    const grow = () => {
      last = Date.now()
      growLive(client, spec.name, made.load, made.now())
    }
    const close = made.store.open()
    const forget = made.store.onTick(grow)
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && Date.now() - last >= idle) grow()
    }, idle)
    return () => {
      close()
      forget()
      clearInterval(timer)
    }
  }, [client, made, spec.name])
  return (
    <QueryClientProvider client={client}>
      <Context value={{ spec, ...made }}>{children}</Context>
    </QueryClientProvider>
  )
}

export function useWatchContext(): WatchContext {
  const context = use(Context)
  if (!context) throw new Error('This component is used outside of a WatchProvider.')
  return context
}

/** What is known of the cluster's nodes, new after each look. */
export function useWatch(): ClusterWatch {
  const { store } = useWatchContext()
  return useSyncExternalStore(
    store.subscribe,
    () => store.read().watch,
    () => store.readInitial().watch,
  )
}

/** Does the stream stand? */
export function useConnection(): Connection {
  const { store } = useWatchContext()
  return useSyncExternalStore(
    store.subscribe,
    () => store.read().connection,
    () => store.readInitial().connection,
  )
}

export const useSpec = (): ClusterSpec => useWatchContext().spec
