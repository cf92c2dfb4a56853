/** Why work on the nodes stops. Only a person's cancel stops what runs there; the next worker attaches to the rest. */
import { Trouble } from './types.ts'

/** What a person's cancel aborts a signal with. */
export const cancelled = (): Trouble =>
  new Trouble('cancelled', 'Canceled.', 'Press Retry to continue where it stopped.')

/** False for a signal that was aborted for another reason: the worker ends, or another one has taken the run over. */
export const isCancelled = (signal: AbortSignal | undefined): boolean =>
  signal?.reason instanceof Trouble && signal.reason.code === 'cancelled'
