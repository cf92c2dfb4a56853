import type { Metadata } from 'next'
import { access } from '@/auth/access.ts'
import { CompareScreen } from '@/features/compare/compare-screen.tsx'
import { compare } from '@/features/compare/copy.ts'

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
