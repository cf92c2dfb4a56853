/**
 * What people without a session may try: limits by the address they come from, in memory alone, before the database is
 * asked anything. Nobody's tries hold up who comes from elsewhere.
 */
import { recordAudit } from '@bramble/db/audit'
import { addressesOf, forgetTries, returnTry, takeTry } from '@bramble/db/people'
import { cookies, headers } from 'next/headers'
import { InFlight, networkOf, RateLimit, Semaphore } from '@/http/rate-limit.ts'
import { RefusalLog } from '@/http/refusal-log.ts'
import { deviceOf } from './known-device.ts'

const window = 600
const perAddress = { burst: 20, perSecond: 20 / window }
const tokensPerAddress = { burst: 60, perSecond: 60 / window }

interface Limits {
  tries: RateLimit
  tokens: RateLimit
  open: InFlight
  hashing: Semaphore
  refusals: RefusalLog
}

// Next loads this module more than once in a process; what it remembers is still one.
const shared = globalThis as { brambleStrangers?: Limits | undefined }
function limits(): Limits {
  shared.brambleStrangers ??= {
    tries: new RateLimit(perAddress),
    tokens: new RateLimit(tokensPerAddress),
    open: new InFlight(4),
    // Hashing a password takes a core for a tenth of a second and a connection of the pool.
    hashing: new Semaphore(2),
    refusals: new RefusalLog((entry) => recordAudit(entry)),
  }
  return shared.brambleStrangers
}

/** As `correctPeers` left it. */
export const senderOf = (sent: Pick<Headers, 'get'>): string => networkOf(sent.get('x-forwarded-for') ?? '')

/** 0: the set-up link may be looked at; else the seconds to wait. */
export async function takeSetupTry(): Promise<number> {
  return limits().tries.take(senderOf(await headers()))
}

/** Seconds to wait; 0: it was tried, and this was found. */
export interface Tried<T> {
  wait: number
  found: T | null
}

/**
 * Has `work` check the password when there is room for it: twenty tries in ten minutes and four at once for an address or a
 * known device; of these eight for one account; and forty for an account by all who have not signed in to it before.
 * `work` returns null when the password is wrong. A refusal goes into the audit here.
 */
export async function trySignIn<T>(email: string, work: () => Promise<T | null>): Promise<Tried<T>> {
  const account = email.toLowerCase()
  const sender = senderOf(await headers())
  const device = deviceOf(await cookies(), account)
  const who = device ?? sender
  const { tries, open, hashing, refusals } = limits()
  const throttled = async (wait: number, known: boolean): Promise<Tried<T>> => {
    await refusals.note({ ...refusedSignIn(account, known), detail: 'too many attempts' }, sender)
    return { wait, found: null }
  }
  const wait = tries.take(who)
  if (wait > 0) return throttled(wait, false)
  const leave = open.enter(who)
  if (!leave) return throttled(1, false)
  try {
    return await hashing.run(async () => {
      const addresses = await addressesOf(account)
      const isKnown = device !== null || addresses?.some((address) => networkOf(address) === sender)
      const own = `sign-in ${account} ${who}`
      const strangers = `sign-in ${account} strangers`
      const wait = await takeTry([
        { key: own, limit: 8, seconds: window },
        ...(isKnown ? [] : [{ key: strangers, limit: 40, seconds: window }]),
      ])
      if (wait > 0) return throttled(wait, addresses !== null)
      const found = await work()
      if (found === null)
        await refusals.note(
          { ...refusedSignIn(account, addresses !== null), detail: 'incorrect email or password' },
          sender,
        )
      else {
        tries.giveBack(who)
        await forgetTries(own)
        if (!isKnown) await returnTry(strangers)
      }
      return { wait: 0, found }
    })
  } finally {
    leave()
  }
}

/** Accounts that nobody has are one line an address, however many are invented. */
function refusedSignIn(account: string, known: boolean) {
  return { what: 'sign-in' as const, who: known ? account : 'unknown', target: known ? undefined : account }
}

/** A code that was refused, of somebody whose password was right. */
export async function noteRefusedCode(email: string, detail: string): Promise<void> {
  await limits().refusals.note({ what: 'sign-in', who: email, target: undefined, detail }, senderOf(await headers()))
}

/**
 * Has `check` look a bearer token up that was not good lately: sixty wrong ones in ten minutes and four at once for an
 * address. The seconds to wait, else what was found.
 */
export async function tryToken<T>(sender: string, check: () => Promise<T | null>): Promise<Tried<T>> {
  const { tokens, open } = limits()
  const wait = tokens.take(sender)
  if (wait > 0) return { wait, found: null }
  const leave = open.enter(`token ${sender}`)
  if (!leave) return { wait: 1, found: null }
  try {
    const found = await check()
    if (found !== null) tokens.giveBack(sender)
    return { wait: 0, found }
  } finally {
    leave()
  }
}

/** A program with a revoked token is one line an hour. */
export async function noteRefusedToken(sender: string, target: string | undefined, detail: string): Promise<void> {
  await limits().refusals.note({ what: 'token.use', who: 'unknown', target, detail }, sender, 60 * 60_000)
}
