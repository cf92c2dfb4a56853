/** "Test connection": who answers at an address, told to the page that asked. */
import { claimProbe, endProbe } from '@bramble/db'
import { probe, Trouble } from '@bramble/provision'
import { loginOf } from '../sites.ts'

const limitMs = 60_000

export async function probeJob(id: string, ending: AbortSignal): Promise<void> {
  const asked = await claimProbe(id)
  if (!asked) return
  const { address, port, user, hostKey } = asked
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ending])
    const logins = [loginOf(user, asked.login)]
    await endProbe(asked, await probe({ address, port, logins, signal, ...(hostKey ? { hostKey } : {}) }))
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
    cure: 'Test again; if it stays, report it with this sentence.',
  }
}
