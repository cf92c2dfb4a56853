import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { access } from '@/auth/access.ts'
import { Entrance } from '@/features/shell/entrance.tsx'
import { SignInForm } from '@/features/sign-in/form.tsx'
import { en } from '@/format/en.ts'

export const metadata: Metadata = { title: en.signIn.title }

export default async function SignInPage() {
  if (await access.require('anyone')) redirect('/')
  return (
    <Entrance title={en.signIn.title} lead={en.tagline}>
      <SignInForm />
      <p className="text-muted text-sm">{en.signIn.forgot}</p>
      <p className="text-muted text-sm">{en.signIn.noAccount}</p>
    </Entrance>
  )
}
