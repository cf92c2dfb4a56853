/** This machine as a node, for tests of what runs on nodes: the real scripts, without SSH and without sudo. */

import { run, start } from '@bramble/process'
import type { Transport } from '../src/engine/transport.ts'
import { Secret } from '../src/engine/types.ts'
import { talkOver } from '../src/ssh/session.ts'

/** `env`: added to the environment of what runs. */
export const machineWith = (env: Record<string, string>): Transport => ({
  async exec(argv, { stdin, timeout, signal, onLine } = {}) {
    return run(argv, {
      stdin: stdin instanceof Secret ? stdin.reveal() : (stdin ?? ''),
      env,
      ...(timeout === undefined ? {} : { timeout }),
      ...(signal ? { signal } : {}),
      ...(onLine ? { onLine } : {}),
    })
  },
  async talk(argv, { onLine }) {
    const child = start(argv, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    return talkOver(
      {
        stdin: child.stdin!,
        stdout: child.stdout!,
        stderr: child.stderr!,
        onEnd: (ended) => child.once('close', ended),
        leave: () => undefined,
      },
      onLine,
    )
  },
  async close() {},
})

export const thisMachine = machineWith({})
