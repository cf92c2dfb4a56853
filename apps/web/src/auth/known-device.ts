/** A browser that has signed in to an account before shows it by a cookie, so that strangers' tries do not hold it up. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readEnvironment } from '@/http/env.ts'

interface Jar {
  get(name: string): { value: string } | undefined
  set(name: string, value: string, options: object): unknown
}

/** Seconds. */
const lifetime = 180 * 86_400

const nameOf = (account: string) => `bramble.device-${createHash('sha256').update(account).digest('hex').slice(0, 12)}`

function signed(account: string, id: string): string {
  const secret = readEnvironment(process.env).BETTER_AUTH_SECRET
  return createHmac('sha256', secret).update(`device ${account} ${id}`).digest('hex')
}

/** What its tries are counted under; null: it has not signed in to this account before. */
export function deviceOf(jar: Pick<Jar, 'get'>, account: string): string | null {
  const [, id, given] = /^([0-9a-f]{32})\.([0-9a-f]{64})$/.exec(jar.get(nameOf(account))?.value ?? '') ?? []
  if (id === undefined || given === undefined) return null
  return timingSafeEqual(Buffer.from(given), Buffer.from(signed(account, id))) ? `device ${id}` : null
}

/** After a complete sign-in. It opens nothing. */
export function rememberDevice(jar: Jar, email: string): void {
  const account = email.toLowerCase()
  if (deviceOf(jar, account) !== null) return
  const id = randomBytes(16).toString('hex')
  jar.set(nameOf(account), `${id}.${signed(account, id)}`, {
    httpOnly: true,
    sameSite: 'strict',
    secure: process.env.BRAMBLE_URL?.startsWith('https:') ?? false,
    path: '/sign-in',
    maxAge: lifetime,
  })
}
