import type { Metadata } from 'next'
import Link from 'next/link'
import { Page } from '@/components/ui/page.tsx'
import { en } from '@/copy/en.ts'
import { wizard } from '@/copy/wizard.ts'
import { access } from '@/lib/access.ts'
import { Wizard } from './wizard.tsx'

export const metadata: Metadata = { title: wizard.title }

export default async function NewClusterPage() {
  await access.require('operator')
  return (
    <Page
      title={wizard.title}
      description={wizard.description}
      eyebrow={
        <Link href="/" className="hover:text-foreground">
          {en.nav.clusters}
        </Link>
      }
    >
      <Wizard />
    </Page>
  )
}
