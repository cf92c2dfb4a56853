import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { access } from '@/auth/access.ts'
import { ArrivalForm } from '@/features/members/arrival-form.tsx'
import { members } from '@/features/members/copy.ts'
import { readCluster } from '@/features/overview/clusters.ts'
import { Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: members.add.page }

export default async function AddPage({ params }: { params: Promise<{ cluster: string }> }) {
  await access.require('operator')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const { spec } = cluster
  return (
    <Page
      eyebrow={<Link href={`/clusters/${cluster.name}`}>{cluster.name}</Link>}
      title={members.add.page}
      description={members.add.intro(cluster.name)}
    >
      <ArrivalForm
        cluster={cluster.name}
        user={spec.ssh.user}
        port={spec.ssh.port}
        taken={spec.nodes.map(({ name }) => name)}
        replaces={null}
      />
    </Page>
  )
}
