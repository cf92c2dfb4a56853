/** The one door: every page, route handler and server action says here, first, who may call it. */
import { headers } from 'next/headers'
import { forbidden, redirect } from 'next/navigation'
import { type Refused, refuse } from '@/format/outcome.ts'
import { bearerOf } from '@/http/bearer-header.ts'
import { home } from '@/http/home.ts'
import { type HookSignature, hookSignature } from '@/http/hook-signature.ts'
import { refusal } from '@/http/origin.ts'
import { identity } from './identity-copy.ts'
import { roleNames } from './roles.ts'
import { type Account, currentAccount, currentSession, type Role } from './session.ts'
import { joiningCode, type StationCaller, stationCaller } from './station-caller.ts'
import { tokenAccount } from './token-account.ts'

export type { Account, Role } from './session.ts'

/** `anyone` is public: sign-in and set-up. Each role may do what the ones before it may. */
export const audiences = ['anyone', ...roleNames] as const
export type Audience = (typeof audiences)[number]

/** Programs that are no person's: a station with its token, a machine that joins with a one-time code, a git server that signs. */
export const machines = ['station', 'joining', 'webhook'] as const
type Machine = (typeof machines)[number]

export function reaches(role: Role | null, audience: Audience): boolean {
  return audience === 'anyone' || (role !== null && audiences.indexOf(role) >= audiences.indexOf(audience))
}

type Who<A extends Audience> = A extends 'anyone' ? Account | null : Account

/**
 * In a page or a server action: the account, or a redirect to sign-in, or the 403 page.
 * In a route handler, given the request: the account, or the Response to return. A bearer token that comes along decides
 * alone: no cookie helps it out. `station`, `joining`: the station, or the code; no person's session or token reaches these.
 * `webhook`: the signature, which the route compares with the body.
 */
function require(audience: 'station', request: Request): Promise<StationCaller | Response>
function require(audience: 'joining', request: Request): Promise<{ code: string } | Response>
function require(audience: 'webhook', request: Request): Promise<{ signature: HookSignature } | Response>
function require<A extends Audience>(audience: A): Promise<Who<A>>
function require<A extends Audience>(audience: A, request: Request): Promise<Who<A> | Response>
async function require(
  audience: Audience | Machine,
  request?: Request,
): Promise<Account | StationCaller | { code: string } | { signature: HookSignature } | null | Response> {
  const sent = request?.headers ?? (await headers())
  const bearer = request ? bearerOf(request.headers) : null
  const signature = audience === 'webhook' ? hookSignature(sent) : null
  const problem = refusal(
    {
      host: sent.get('host'),
      origin: sent.get('origin'),
      mutating: request ? !['GET', 'HEAD', 'OPTIONS'].includes(request.method) : isActionCall(sent),
      bearer: bearer !== null || signature !== null,
    },
    home(),
  )
  if (problem) return request ? answer(403, 'origin', problem) : forbidden()
  if (audience === 'webhook')
    return signature ? { signature } : answer(401, 'hook-refused', 'This webhook is not signed: set its secret.')
  if (audience === 'station' || audience === 'joining') {
    const caller = await (audience === 'station' ? stationCaller(bearer, sent) : joiningCode(bearer, sent))
    return typeof caller === 'number' ? badToken(caller) : caller
  }
  const account = bearer === null ? await currentAccount() : await tokenAccount(bearer, sent)
  if (typeof account === 'number') return badToken(account)
  if (reaches(account?.role ?? null, audience)) return account
  if (request)
    return account
      ? answer(403, 'forbidden', 'Your role does not allow this.')
      : answer(401, 'signed-out', 'Sign in first.')
  return account ? forbidden() : redirect('/sign-in')
}

/** Milliseconds for which a proof counts. */
const proofHolds = 10 * 60_000

/**
 * In a server action that a stolen browser session must not do: as `require`, and the person has signed in, or proved who
 * they are, within the last ten minutes; else the refusal to return, which makes the page ask for the proof. API tokens
 * call no server actions. In a route handler, given the request, the refusal is a Response; a token is its own proof.
 */
function requireProof(audience: Exclude<Audience, 'anyone'>): Promise<Account | Refused>
function requireProof(audience: Exclude<Audience, 'anyone'>, request: Request): Promise<Account | Response>
async function requireProof(
  audience: Exclude<Audience, 'anyone'>,
  request?: Request,
): Promise<Account | Refused | Response> {
  const who = request ? await require(audience, request) : await require(audience)
  if (who instanceof Response || (request && bearerOf(request.headers) !== null)) return who
  const here = await currentSession()
  if (here && Date.now() - here.provedAt.getTime() < proofHolds) return who
  if (request) return answer(403, 'proof-needed', identity.needed)
  const proof = here?.secondFactor ? 'password-and-code' : 'password'
  return { ...refuse(identity.needed), proof }
}

export const access = { require, requireProof }

/** A server action arrives as a POST with its id, or as a plain form when the browser runs no script. */
function isActionCall(sent: Pick<Headers, 'get'>): boolean {
  const type = sent.get('content-type') ?? ''
  return sent.get('next-action') !== null || /^(multipart\/form-data|application\/x-www-form-urlencoded)/i.test(type)
}

function badToken(wait: number): Response {
  const headers: Record<string, string> = { 'www-authenticate': 'Bearer error="invalid_token"' }
  if (wait > 0)
    return answer(
      429,
      'throttled',
      `Too many invalid tokens from this address. Wait ${wait} s, then send a valid one.`,
      { 'retry-after': `${wait}` },
    )
  return answer(401, 'token-invalid', 'This token is unknown, expired, or revoked.', headers)
}

function answer(status: number, code: string, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ code, message }, { status, headers: { ...headers, 'cache-control': 'no-store' } })
}
