import type { Metadata } from 'next'
import { TimelineScreen } from '@/components/timeline/timeline-screen.tsx'
import { timeline } from '@/copy/timeline.ts'
import { access } from '@/lib/access.ts'

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
