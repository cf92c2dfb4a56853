/** This machine as a node, for tests of what runs on nodes: the real scripts, without SSH and without sudo. */
import { Secret } from '../src/core/types.ts'
import { run } from '../src/transports/local.ts'
import type { Transport } from '../src/transports/types.ts'

export const thisMachine: Transport = {
  async exec(argv, { stdin, timeout, signal, onLine } = {}) {
    return run(argv, {
      stdin: stdin instanceof Secret ? stdin.reveal() : (stdin ?? ''),
      ...(timeout === undefined ? {} : { timeout }),
      ...(signal ? { signal } : {}),
      ...(onLine ? { onLine } : {}),
    })
  },
  async close() {},
}
