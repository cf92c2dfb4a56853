import { APIError } from 'better-auth/api'
import { headers } from 'next/headers'
import { auth } from './auth.ts'

/** Opens a session in this browser, or asks for a code first. Null: e-mail or password is wrong. */
export async function openSession(email: string, password: string): Promise<{ asksCode: boolean } | null> {
  try {
    const answer = await auth().api.signInEmail({ body: { email, password }, headers: await headers() })
    return { asksCode: 'twoFactorRedirect' in answer }
  } catch (error) {
    if (error instanceof APIError) return null
    throw error
  }
}
