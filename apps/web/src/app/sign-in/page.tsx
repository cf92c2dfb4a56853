import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Entrance } from '@/components/shell/entrance.tsx'
import { en } from '@/copy/en.ts'
import { access } from '@/lib/access.ts'
import { SignInForm } from './form.tsx'

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
