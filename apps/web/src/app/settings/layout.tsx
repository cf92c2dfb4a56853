import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { currentAccount } from '@/auth/session.ts'
import { settings } from '@/features/settings/copy.ts'
import { Sections } from '@/features/settings/sections.tsx'
import { Page } from '@/ui/page.tsx'

/** The frame of all settings. Each page below says itself who may open it; here only what is offered follows the role. */
export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const account = await currentAccount()
  if (!account) redirect('/sign-in')
  return (
    <Page title={settings.title}>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 md:grid-cols-[12rem_minmax(0,48rem)] md:gap-10">
        <Sections role={account.role} />
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-6">{children}</div>
      </div>
    </Page>
  )
}
