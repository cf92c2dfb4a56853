import { listImages, listStations, readCatalogue } from '@bramble/db/flash'
import type { Metadata } from 'next'
import Link from 'next/link'
import { access, reaches } from '@/auth/access.ts'
import { images as words } from '@/features/flash/images/copy.ts'
import { ImagesScreen } from '@/features/flash/images/images-screen.tsx'
import { Refresh } from '@/features/runs/refresh.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: words.title }

export default async function ImagesPage() {
  const who = await access.require('viewer')
  const [stations, images, catalogue] = await Promise.all([listStations(), listImages(), readCatalogue()])
  return (
    <Page
      width="wide"
      eyebrow={<Link href="/flash">{words.toFlash}</Link>}
      title={words.title}
      description={words.description}
      actions={
        <Link href="/flash" className={buttonStyle({ variant: 'primary' })}>
          {words.toFlash}
        </Link>
      }
    >
      <Refresh active={catalogue === null} />
      <ImagesScreen
        stations={stations}
        images={images}
        catalogue={catalogue}
        operator={reaches(who.role, 'operator')}
      />
    </Page>
  )
}
