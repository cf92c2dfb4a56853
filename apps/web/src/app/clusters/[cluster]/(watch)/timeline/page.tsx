import type { Metadata } from 'next'
import { access } from '@/auth/access.ts'
import { timeline } from '@/features/timeline/copy.ts'
import { TimelineScreen } from '@/features/timeline/timeline-screen.tsx'

interface TimelinePageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: TimelinePageProps): Promise<Metadata> {
  return { title: `${timeline.title} · ${(await params).cluster}` }
}

/** Its events come through the timeline's route, which asks the same again. */
export default async function TimelinePage() {
  await access.require('viewer')
  return <TimelineScreen />
}
