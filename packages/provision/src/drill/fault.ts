/** The fault on the node: begun with its undo armed before it, undone early, and asked how it stands. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { act } from '../engine/act.ts'
import type { Transport } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'

const script = readFileSync(new URL('./on-node.py', import.meta.url), 'utf8')
const scriptPath = '/run/bramble/drill/drill.py'
export const statePath = '/run/bramble/drill/state.json'

/** What is done to a node. */
export type Fault =
  | { kind: 'stop'; units: readonly string[] }
  /**
   * Killed and kept down; `addresses` are taken off its interfaces too. `processes`: patterns of units that one of `units` starts
   * again when it is back.
   */
  | { kind: 'die'; units: readonly string[]; addresses?: readonly string[]; processes?: readonly string[] }
  | { kind: 'kill-postmaster' }
  | { kind: 'freeze'; unit: string }
  | { kind: 'cut' }
  /** All that is free on the file system of this folder. */
  | { kind: 'fill'; path: string }
  /** Seconds that the clock is set ahead. */
  | { kind: 'clock'; seconds: number }

export const FaultState = z
  .object({
    /** Which drill it is of. */
    id: z.string(),
    phase: z.enum(['armed', 'standing', 'undone']),
    /** Why it could not begin. */
    trouble: z.string().optional(),
  })
  .nullable()
export type FaultState = z.infer<typeof FaultState>

/** The undo comes by itself after `seconds`, whatever becomes of the connection. Trouble `fault-refused`. */
export async function beginFault(
  transport: Transport,
  { id, fault, seconds }: { id: string; fault: Fault; seconds: number },
  log: (text: string) => void,
): Promise<void> {
  await act(transport, { kind: 'put', path: scriptPath, content: script, mode: 0o700 }, { log })
  await call(transport, 'begin', JSON.stringify({ id, fault, seconds }))
}

/** Undoes it now; a fault that is undone stays so. */
export async function undoFault(transport: Transport): Promise<void> {
  await call(transport, 'undo')
}

/** Null: no drill was begun on this node since it booted. */
export async function faultState(transport: Transport): Promise<FaultState> {
  const { code, stdout } = await transport.exec(['cat', statePath], { as: 'root', timeout: 10_000 })
  return code === 0 ? FaultState.parse(JSON.parse(stdout)) : null
}

async function call(transport: Transport, verb: string, stdin?: string): Promise<void> {
  const { code, stderr } = await transport.exec(['python3', '-I', scriptPath, verb], {
    as: 'root',
    timeout: 60_000,
    ...(stdin === undefined ? {} : { stdin }),
  })
  if (code !== 0)
    throw new Trouble(
      'fault-refused',
      `The fault could not be ${verb === 'begin' ? 'started' : 'reverted'}: ${stderr.trim().split('\n').at(-1) || 'the connection was lost'}.`,
      verb === 'begin'
        ? 'Nothing was changed. Check the node, then try again.'
        : 'The node reverts the fault itself when its time is over, or when the Pi reboots.',
    )
}
