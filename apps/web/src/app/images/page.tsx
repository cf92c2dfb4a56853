import { listImages, listStations, readCatalogue } from '@bramble/db'
import type { Metadata } from 'next'
import Link from 'next/link'
import { ImagesScreen } from '@/components/images/images-screen.tsx'
import { Refresh } from '@/components/run/refresh.tsx'
import { buttonStyle } from '@/components/ui/button.tsx'
import { Page } from '@/components/ui/page.tsx'
import { images as words } from '@/copy/images.ts'
import { access, reaches } from '@/lib/access.ts'

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
