/** API tokens: a program's way in, in the name of the person who made it. Shown once; only a hash is kept. */
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { UserRole } from './users.ts'

/** Enough randomness (240 bits) that a plain hash keeps it: nobody can try them out. */
const Token = z.string().regex(/^brm_[0-9a-f]{60}$/)
const prefixLength = 'brm_'.length + 6
const mostTokens = 50
/** Milliseconds between two notes of "last used": enough to see that it is used, few enough to cost nothing. */
const coarse = 10 * 60_000

export const TokenName = z
  .string()
  .trim()
  .min(1, 'Give the token a name.')
  .max(60, 'The name is too long: 60 characters at most.')
  .regex(/^[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u, 'The name holds a character that cannot be shown.')

/** Days a token may live; null: until it is revoked. */
export const TokenLife = z.union([z.literal(30), z.literal(90), z.literal(365), z.null()])
export type TokenLife = z.infer<typeof TokenLife>

export interface TokenView {
  id: string
  name: string
  /** `brm_` and six characters. */
  prefix: string
  /** What it may do now: never more than its maker may. */
  role: UserRole
  /** The maker's e-mail. */
  owner: string
  /** ISO times; null: never. */
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  expired: boolean
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** The lesser of what the token was given and what its maker may do by now. */
function effective(token: string, owner: string): UserRole {
  const ranks = UserRole.options
  const rank = (role: string) => Math.max(0, ranks.indexOf(UserRole.catch('viewer').parse(role)))
  return ranks[Math.min(rank(token), rank(owner))]!
}

/** Refusal `token-role`, `token-name-taken`, `token-limit`, `user-unknown`. */
export async function createToken(input: {
  /** Id of the maker. */
  user: string
  name: string
  role: UserRole
  days: TokenLife
  by: string
}): Promise<{ id: string; token: string }> {
  const name = TokenName.parse(input.name)
  const role = UserRole.parse(input.role)
  const days = TokenLife.parse(input.days)
  const detail = `${role}, ${days === null ? 'no end' : `${days} days`}`
  return audited({ who: input.by, what: 'token.create', target: name, detail }, async () => {
    const token = `brm_${randomBytes(30).toString('hex')}`
    const row = await prisma().$transaction(async (tx) => {
      await tx.$executeRaw`select 1 from "user" where id = ${input.user} for update`
      const user = await tx.user.findUnique({ where: { id: input.user }, include: { tokens: true } })
      if (!user) throw new Refusal('user-unknown', 'This user does not exist.', 'Reload the page.')
      if (effective(role, user.role) !== role)
        throw new Refusal(
          'token-role',
          'A token cannot have more permissions than the user who creates it.',
          'Choose a role with fewer permissions.',
        )
      if (user.tokens.some((one) => one.name === name))
        throw new Refusal('token-name-taken', `You have a token ${name} already.`, 'Revoke that one, or choose a name.')
      if (user.tokens.length >= mostTokens)
        throw new Refusal('token-limit', `You have ${mostTokens} tokens.`, 'Revoke tokens that are not used.')
      const expiresAt = days === null ? null : new Date(Date.now() + days * 86_400_000)
      const prefix = token.slice(0, prefixLength)
      return tx.apiToken.create({ data: { userId: user.id, name, prefix, hash: hashOf(token), role, expiresAt } })
    })
    return { id: row.id, token }
  })
}

/** Newest first. `user`: only what this person made. */
export async function listTokens(input: { user?: string | undefined } = {}): Promise<TokenView[]> {
  const rows = await prisma().apiToken.findMany({
    where: input.user === undefined ? {} : { userId: input.user },
    include: { user: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
  })
  const now = new Date()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: effective(row.role, row.user.role),
    owner: row.user.email,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    expired: row.expiresAt !== null && row.expiresAt <= now,
  }))
}

/** It ends at once. `user`: only if this person made it. Refusal `token-unknown`. */
export async function revokeToken(input: { token: string; user?: string | undefined; by: string }): Promise<void> {
  const mine = input.user === undefined ? {} : { userId: input.user }
  const row = z.uuid().safeParse(input.token).success
    ? await prisma().apiToken.findFirst({ where: { id: input.token, ...mine }, include: { user: true } })
    : null
  const target = row ? row.name : input.token
  const detail = row && row.user.email !== input.by ? `created by ${row.user.email}` : undefined
  await audited({ who: input.by, what: 'token.revoke', target, detail }, async () => {
    const gone = row ? await prisma().apiToken.deleteMany({ where: { id: row.id } }) : { count: 0 }
    if (gone.count === 0)
      throw new Refusal('token-unknown', 'This token does not exist.', 'Reload the page: it may already be revoked.')
  })
}

/** All that a person made end at once. Returns how many. */
export async function revokeTokensOf(input: { user: string; by: string }): Promise<number> {
  const user = await prisma().user.findUnique({ where: { id: input.user } })
  const target = user ? `all of ${user.email}` : input.user
  return audited({ who: input.by, what: 'token.revoke', target }, async () => {
    const gone = await prisma().apiToken.deleteMany({ where: { userId: input.user } })
    return gone.count
  })
}

export interface TokenBearer {
  token: { id: string; name: string }
  user: { id: string; name: string; email: string }
  role: UserRole
}

/** Who a token speaks for; null when it is not known, has expired or was revoked. Notes, coarsely, that it was used. */
export async function checkToken(text: string): Promise<TokenBearer | null> {
  if (!Token.safeParse(text).success) return null
  const row = await prisma().apiToken.findUnique({ where: { hash: hashOf(text) }, include: { user: true } })
  const now = new Date()
  if (!row || (row.expiresAt !== null && row.expiresAt <= now)) return null
  const before = new Date(now.getTime() - coarse)
  if (row.lastUsedAt === null || row.lastUsedAt < before)
    await prisma().apiToken.updateMany({ where: { id: row.id }, data: { lastUsedAt: now } })
  const { id, name, email, role } = row.user
  return { token: { id: row.id, name: row.name }, user: { id, name, email }, role: effective(row.role, role) }
}
