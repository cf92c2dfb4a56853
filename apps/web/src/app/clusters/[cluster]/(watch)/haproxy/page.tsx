import type { Metadata } from 'next'
import { HaproxyScreen } from '@/components/haproxy/haproxy-screen.tsx'
import { haproxy } from '@/copy/haproxy.ts'
import { access, reaches } from '@/lib/access.ts'

interface HaproxyPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: HaproxyPageProps): Promise<Metadata> {
  return { title: `${haproxy.title} · ${(await params).cluster}` }
}

export default async function HaproxyPage() {
  const who = await access.require('viewer')
  return <HaproxyScreen canOperate={reaches(who.role, 'operator')} />
}
