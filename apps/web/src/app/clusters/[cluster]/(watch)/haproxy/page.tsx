import type { Metadata } from 'next'
import { access, reaches } from '@/auth/access.ts'
import { haproxy } from '@/features/haproxy/copy.ts'
import { HaproxyScreen } from '@/features/haproxy/haproxy-screen.tsx'

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
