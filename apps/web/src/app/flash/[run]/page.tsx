import { getFlash } from '@bramble/db/flash'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { access, reaches } from '@/auth/access.ts'
import { flash } from '@/features/flash/copy.ts'
import { ProgressScreen } from '@/features/flash/progress/progress-screen.tsx'

export const metadata: Metadata = { title: flash.title }

export default async function FlashRunPage({ params }: { params: Promise<{ run: string }> }) {
  const who = await access.require('viewer')
  const id = z.uuid().safeParse((await params).run)
  const view = id.success ? await getFlash(id.data) : null
  if (!view) notFound()
  return <ProgressScreen key={view.run.id} initial={view} operator={reaches(who.role, 'operator')} />
}
