import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { access } from '@/auth/access.ts'
import { ArrivalForm } from '@/features/members/arrival-form.tsx'
import { members } from '@/features/members/copy.ts'
import { readCluster } from '@/features/overview/clusters.ts'
import { Page } from '@/ui/page.tsx'

interface ReplacePageProps {
  params: Promise<{ cluster: string; node: string }>
}

export async function generateMetadata({ params }: ReplacePageProps): Promise<Metadata> {
  return { title: members.replace.page((await params).node) }
}

export default async function ReplacePage({ params }: ReplacePageProps) {
  await access.require('operator')
  const { cluster: name, node } = await params
  const cluster = await readCluster(name)
  const view = cluster?.nodes.find((one) => one.name === node)
  if (!cluster || !view) notFound()
  const { spec } = cluster
  return (
    <Page
      eyebrow={<Link href={`/clusters/${name}/nodes/${node}`}>{node}</Link>}
      title={members.replace.page(node)}
      description={members.replace.intro(node)}
    >
      <ArrivalForm
        cluster={name}
        user={spec.ssh.user}
        port={spec.ssh.port}
        taken={[]}
        replaces={{ name: node, address: view.address, answers: view.reachable === true }}
      />
    </Page>
  )
}
