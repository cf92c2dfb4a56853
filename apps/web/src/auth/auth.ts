/** better-auth on the product's own tables. It has no route of its own: sign-in and the rest are server actions. */
import { prisma } from '@bramble/db'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { nextCookies } from 'better-auth/next-js'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { readEnvironment } from '@/http/env.ts'
import { backupCodes } from './backup-codes.ts'
import { challenge } from './challenge.ts'

const passwordLength = { min: 12, max: 128 }

function open() {
  const environment = readEnvironment(process.env)
  const url = environment.BRAMBLE_URL ?? 'http://127.0.0.1:3000'
  return betterAuth({
    appName: 'Bramble',
    secret: environment.BETTER_AUTH_SECRET,
    baseURL: url,
    database: prismaAdapter(prisma(), { provider: 'postgresql' }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
    },
    user: { additionalFields: { role: { type: 'string', defaultValue: 'viewer', input: false } } },
    session: {
      expiresIn: 30 * 86_400,
      disableSessionRefresh: true,
      additionalFields: {
        seenAt: { type: 'date', required: false, input: false },
        provedAt: { type: 'date', required: false, input: false },
      },
    },
    advanced: {
      cookiePrefix: 'bramble',
      useSecureCookies: url.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'strict' },
    },
    telemetry: { enabled: false },
    plugins: [
      // Secret and codes are encrypted by the library with its secret, which is not in the database.
      twoFactor({ issuer: 'Bramble', backupCodeOptions: { customBackupCodesGenerate: backupCodes } }),
      challenge,
      // The last: it hands on the cookies of those before it.
      nextCookies(),
    ],
  })
}

let opened: ReturnType<typeof open> | undefined

/** Opened at the first use: a build has neither a secret nor a database. */
export function auth(): ReturnType<typeof open> {
  opened ??= open()
  return opened
}

/** Writes a user who signs in with this password, as a viewer. For the set-up link and for administrators alone. */
export async function makeUser(input: { name: string; email: string; password: string }): Promise<{ id: string }> {
  const context = await auth().$context
  const password = await context.password.hash(input.password)
  const user = await context.internalAdapter.createUser(
    { name: input.name, email: input.email, emailVerified: false },
    { method: 'email-password' },
  )
  await context.internalAdapter.linkAccount({
    userId: user.id,
    providerId: 'credential',
    accountId: user.id,
    password,
  })
  return { id: user.id }
}

/** For the reset link alone. */
export async function setPassword(user: string, password: string): Promise<void> {
  const context = await auth().$context
  await context.internalAdapter.updatePassword(user, await context.password.hash(password))
}
