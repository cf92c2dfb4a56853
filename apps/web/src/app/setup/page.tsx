import { checkSetupLink, hasAdmin, readResetLink } from '@bramble/db/people'
import type { Metadata } from 'next'
import Link from 'next/link'
import { access } from '@/auth/access.ts'
import { SetupForm } from '@/features/setup/form.tsx'
import { ResetForm } from '@/features/setup/reset-form.tsx'
import { Entrance } from '@/features/shell/entrance.tsx'
import { en } from '@/format/en.ts'
import { Button } from '@/ui/button.tsx'

// The token stands in the address: it must not travel on as a referrer.
export const metadata: Metadata = { title: en.setup.title, referrer: 'no-referrer' }

export default async function SetupPage({ searchParams }: { searchParams: Promise<{ token?: string | string[] }> }) {
  await access.require('anyone')
  const { token } = await searchParams
  const reset = typeof token === 'string' ? await readResetLink(token) : null
  if (typeof token === 'string' && reset)
    return (
      <Entrance title={en.reset.title} lead={en.reset.lead(reset.email)}>
        <ResetForm token={token} email={reset.email} />
      </Entrance>
    )
  if (await hasAdmin())
    return (
      <Entrance title={en.setup.done} lead={en.setup.doneText}>
        <Button asChild variant="primary" size="lg">
          <Link href="/sign-in">{en.setup.toSignIn}</Link>
        </Button>
      </Entrance>
    )
  if (typeof token !== 'string' || !(await checkSetupLink(token)))
    return <Entrance title={en.setup.noToken} lead={en.setup.noTokenText} />
  return (
    <Entrance title={en.setup.title} lead={en.setup.lead}>
      <SetupForm token={token} />
    </Entrance>
  )
}
