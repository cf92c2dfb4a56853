/** Progress of a deploy per node, as the events of any run. */
import type { RunEvent, RunOutcome } from '@bramble/cluster'
import type { Trouble } from '../../../engine/types.ts'

type NodeEnd = RunOutcome['nodes'][number]

export interface Progress {
  log(node: string | null, text: string): void
  /** A step of a node: reported when it begins and when it is done. Its Trouble is reported and thrown. */
  step<T>(
    node: string,
    step: { id: string; title: string },
    work: (waiting: (words: string) => void) => Promise<T>,
  ): Promise<T>
  end(node: string, outcome: 'succeeded' | 'failed' | 'unreachable' | 'cancelled', message: string): void
  readonly ends: readonly NodeEnd[]
}

export function progressOf(emit: (event: RunEvent) => void): Progress {
  const begun = new Set<string>()
  const changed = new Map<string, number>()
  const ends: NodeEnd[] = []
  const begin = (node: string) => {
    if (!begun.has(node)) emit({ type: 'node-started', node })
    begun.add(node)
  }
  return {
    ends,
    log: (node, text) => emit({ type: 'log', node, step: null, stream: 'bramble', text }),
    async step(node, { id, title }, work) {
      begin(node)
      const started = Date.now()
      emit({ type: 'step-started', node, step: id, title, because: 'the app is deployed' })
      let told = ''
      const waiting = (because: string) => {
        if (because !== told) emit({ type: 'step-waiting', node, step: id, because })
        told = because
      }
      try {
        const done = await work(waiting)
        changed.set(node, (changed.get(node) ?? 0) + 1)
        emit({ type: 'step-settled', node, step: id, title, changed: true, seconds: (Date.now() - started) / 1000 })
        return done
      } catch (error) {
        const { code = 'fault', message, cure = '' } = error as Trouble
        if (code !== 'cancelled') emit({ type: 'step-failed', node, step: id, title, code, message, cure })
        throw error
      }
    },
    end(node, outcome, message) {
      if (ends.some((end) => end.node === node)) return
      const end = { node, outcome, changed: changed.get(node) ?? 0, message }
      ends.push(end)
      emit({ type: 'node-ended', ...end })
    },
  }
}
