import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { access } from '@/auth/access.ts'
import { auth } from '@/auth/auth.ts'
import { Entrance } from '@/features/shell/entrance.tsx'
import { CodeForm } from '@/features/sign-in/code/form.tsx'
import { en } from '@/format/en.ts'

export const metadata: Metadata = { title: en.signIn.codeTitle }

/** The second step: the password was right, and the account has a second factor. */
export default async function SignInCodePage() {
  if (await access.require('anyone')) redirect('/')
  const waiting = await auth().api.readChallenge({ headers: await headers() })
  if (!waiting) redirect('/sign-in')
  return (
    <Entrance title={en.signIn.codeTitle} lead={en.signIn.codeLead(waiting.email)}>
      <CodeForm />
    </Entrance>
  )
}
