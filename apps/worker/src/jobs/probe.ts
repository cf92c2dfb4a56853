/** "Test connection": first which host key answers at an address, then, with that key trusted, who it is. */
import { claimProbe, endProbe } from '@bramble/db/clusters'
import { probe, shownHostKey, Trouble } from '@bramble/provision'
import { loginOf } from '../sites.ts'

const limitMs = 60_000

export async function probeJob(id: string, ending: AbortSignal): Promise<void> {
  const asked = await claimProbe(id)
  if (!asked) return
  const { address, port, user, hostKey, login } = asked
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ending])
    if (login && hostKey)
      await endProbe(asked, await probe({ address, port, logins: [loginOf(user, login)], signal, hostKey }))
    else await endProbe(asked, { fingerprint: await shownHostKey(address, port, { signal }), machine: null })
  } catch (error) {
    // Delivered again to the next worker.
    if (ending.aborted) throw error
    await endProbe(asked, { trouble: troubleOf(error, address) })
  }
}

function troubleOf(error: unknown, address: string): { code: string; message: string; cure: string } {
  if (error instanceof Trouble && error.code !== 'cancelled') {
    const { code, message, cure } = error
    return { code, message, cure }
  }
  if (error instanceof Trouble || (error instanceof Error && error.name === 'TimeoutError'))
    return {
      code: 'too-slow',
      message: `${address} did not finish answering within ${limitMs / 1000} s.`,
      cure: 'Wait until the Pi has booted, then test again.',
    }
  console.error('probe:', error)
  return {
    code: 'fault',
    message: `Testing ${address} failed inside Bramble: ${error instanceof Error ? error.message : error}`,
    cure: 'Test again. If the error persists, report it with this message.',
  }
}
