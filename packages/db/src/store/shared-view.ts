/** One follower of a subject for all who look at it in this process: each change is read from the database once. */

interface Shared {
  latest: { value: unknown; version: number } | null
  /** Set when no more will come. */
  end: { error?: unknown } | null
  readers: Set<() => void>
  stop: AbortController
}

// Next loads this module more than once in a process; what is shared is still one.
const shared = globalThis as { brambleViews?: Map<string, Shared> | undefined }

/**
 * Yields the latest value that `follow` gave, then each newer one; a reader that is slow misses those between. Ends, or
 * throws, as `follow` does, or when `signal` aborts. `follow` runs from the first reader to the last.
 */
export async function* sharedView<T>(
  subject: string,
  follow: (signal: AbortSignal) => AsyncIterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  shared.brambleViews ??= new Map()
  const views = shared.brambleViews
  const known = views.get(subject)
  const view: Shared = known ?? { latest: null, end: null, readers: new Set(), stop: new AbortController() }
  let wake: () => void = () => undefined
  const reader = () => wake()
  view.readers.add(reader)
  if (!known) {
    views.set(subject, view)
    void run(view, follow(view.stop.signal)).finally(() => forget(views, subject, view))
  }
  signal?.addEventListener('abort', reader)
  try {
    let seen = 0
    for (;;) {
      if (signal?.aborted) return
      if (view.latest && view.latest.version > seen) {
        seen = view.latest.version
        yield view.latest.value as T
      } else if (view.end) {
        if ('error' in view.end) throw view.end.error
        return
      } else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    signal?.removeEventListener('abort', reader)
    view.readers.delete(reader)
    if (view.readers.size === 0) {
      forget(views, subject, view)
      view.stop.abort()
    }
  }
}

async function run(view: Shared, values: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const value of values) {
      view.latest = { value, version: (view.latest?.version ?? 0) + 1 }
      for (const reader of view.readers) reader()
    }
    view.end = {}
  } catch (error) {
    view.end = { error }
  }
  for (const reader of view.readers) reader()
}

/** The next reader begins again. */
function forget(views: Map<string, Shared>, subject: string, view: Shared): void {
  if (views.get(subject) === view) views.delete(subject)
}
