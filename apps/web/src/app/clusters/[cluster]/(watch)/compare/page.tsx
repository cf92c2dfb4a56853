import type { Metadata } from 'next'
import { CompareScreen } from '@/components/compare/compare-screen.tsx'
import { compare } from '@/copy/compare.ts'
import { access } from '@/lib/access.ts'

interface ComparePageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: ComparePageProps): Promise<Metadata> {
  return { title: `${compare.title} · ${(await params).cluster}` }
}

export default async function ComparePage() {
  await access.require('viewer')
  return <CompareScreen />
}
