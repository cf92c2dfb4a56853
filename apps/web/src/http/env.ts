/** What the web part reads from its environment, checked once at boot. */
import { z } from 'zod'

const published = ['better-auth-secret-123456789', 'better-auth-secret-12345678901234567890']

const Secret = z
  .string({ error: 'is missing. Run `./bramble up`, which creates one, or set it to 32 random characters.' })
  .min(32, 'is too short: use 32 random characters or more.')
  .refine((text) => new Set(text).size >= 10 && !published.includes(text), 'is not random: create a new one.')

const Environment = z.object({
  BETTER_AUTH_SECRET: Secret,
  /** Where people reach the dashboard; cookies are `Secure` when it is https. */
  BRAMBLE_URL: z.url({ protocol: /^https?$/, error: 'must be an address such as http://192.168.1.10:3000' }).optional(),
})
export type Environment = z.infer<typeof Environment>

class EnvironmentError extends Error {
  override name = 'EnvironmentError'
}

/** Throws an EnvironmentError that names every variable that is missing, weak or a published default. */
export function readEnvironment(source: Record<string, string | undefined>): Environment {
  const parsed = Environment.safeParse({
    BETTER_AUTH_SECRET: source.BETTER_AUTH_SECRET || undefined,
    BRAMBLE_URL: source.BRAMBLE_URL || undefined,
  })
  if (parsed.success) return parsed.data
  throw new EnvironmentError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('\n'))
}
