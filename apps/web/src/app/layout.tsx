import { countOpenAlerts } from '@bramble/db/alerts'
import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { Toaster } from 'sonner'
import { currentAccount } from '@/auth/session.ts'
import { AlertCount } from '@/features/alerts/alert-count.tsx'
import { ConfirmIdentity } from '@/features/identity/confirm-identity.tsx'
import { Shell } from '@/features/shell/shell.tsx'
import { en } from '@/format/en.ts'
import { themeCookie, themeOf } from '@/ui/theme/theme.ts'
import { TooltipProvider } from '@/ui/tooltip.tsx'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Bramble', template: '%s · Bramble' },
  description: en.tagline,
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbf9f8' },
    { media: '(prefers-color-scheme: dark)', color: '#130f12' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = themeOf((await cookies()).get(themeCookie)?.value)
  const account = await currentAccount()
  const openAlerts = account ? await countOpenAlerts() : {}
  return (
    <html
      lang="en"
      data-theme={theme}
      className={`${GeistSans.variable} ${GeistMono.variable}`}
      suppressHydrationWarning
    >
      <body>
        <TooltipProvider delayDuration={250}>
          <ConfirmIdentity email={account?.email ?? ''}>
            <Shell account={account} theme={theme} alertCount={<AlertCount initial={openAlerts} />}>
              {children}
            </Shell>
          </ConfirmIdentity>
        </TooltipProvider>
        <Toaster
          theme={theme}
          style={{ fontFamily: 'inherit' }}
          position="bottom-right"
          mobileOffset={{ bottom: 80 }}
        />
      </body>
    </html>
  )
}
