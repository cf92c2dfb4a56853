/** A sign-in whose password was right and that waits for its code: the library keeps it, and tells only its own routes. */
import type { BetterAuthPlugin } from 'better-auth'
import { createAuthEndpoint } from 'better-auth/api'

/** The library's name of the cookie that holds the waiting sign-in. */
const cookieName = 'two_factor'

export const challenge = {
  id: 'bramble-challenge',
  endpoints: {
    /** Whose sign-in waits here; null: none does. */
    readChallenge: createAuthEndpoint.serverOnly({ method: 'GET', requireHeaders: true }, async (ctx) => {
      const cookie = ctx.context.createAuthCookie(cookieName)
      const id = await ctx.getSignedCookie(cookie.name, ctx.context.secret)
      const waiting = id ? await ctx.context.internalAdapter.findVerificationValue(id) : null
      if (!waiting || waiting.expiresAt <= new Date()) return null
      const user = await ctx.context.internalAdapter.findUserById(waiting.value)
      return user ? { id: user.id, email: user.email } : null
    }),
    /** Gives it up. */
    dropChallenge: createAuthEndpoint.serverOnly({ method: 'POST', requireHeaders: true }, async (ctx) => {
      const cookie = ctx.context.createAuthCookie(cookieName)
      const id = await ctx.getSignedCookie(cookie.name, ctx.context.secret)
      if (id) await ctx.context.internalAdapter.deleteVerificationByIdentifier(id)
      ctx.setCookie(cookie.name, '', { ...cookie.attributes, maxAge: 0 })
      return null
    }),
  },
} satisfies BetterAuthPlugin
