/** "Test connection": who answers at an address, and is it a machine Bramble can build on. Changes nothing. */
import { gather } from '../engine/gather.ts'
import type { Login } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'
import { type Machine, machine } from '../facts/os.ts'
import { openSsh } from '../ssh/ssh.ts'

export interface ProbeResult {
  /** OpenSSH fingerprint of the host key that the node showed. */
  fingerprint: string
  machine: Machine
}

/**
 * Signs in and asks the machine facts. The login is sent only to a machine that shows the pinned key: see `shownHostKey`.
 * Trouble: `unreachable`, `login-refused`, `host-key-changed`, `no-python`, `sudo-password`, `not-debian`.
 */
export async function probe(input: {
  address: string
  port: number
  logins: readonly Login[]
  hostKey: string
  signal?: AbortSignal
}): Promise<ProbeResult> {
  const transport = await openSsh(input, input.signal)
  try {
    const facts = await gather(transport, [machine], input.signal ? { signal: input.signal } : {})
    const found = facts.of(machine)
    if (!['debian', 'raspbian'].includes(found.id))
      throw new Trouble(
        'not-debian',
        `${input.address} runs ${found.id || 'an unknown system'}, not Raspberry Pi OS or Debian.`,
        'Flash its card with Raspberry Pi OS Lite (64-bit) and try again.',
      )
    return { fingerprint: input.hostKey, machine: found }
  } finally {
    await transport.close()
  }
}
