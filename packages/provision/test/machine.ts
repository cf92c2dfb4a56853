/** This machine as a node, for tests of what runs on nodes: the real scripts, without SSH and without sudo. */
import { Secret } from '../src/core/types.ts'
import { run, start } from '../src/transports/local.ts'
import { talkOver } from '../src/transports/talk.ts'
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
  async talk(argv, { onLine }) {
    const child = start(argv, { stdio: ['pipe', 'pipe', 'pipe'] })
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
}
