import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ArrivalForm } from '@/components/members/arrival-form.tsx'
import { Page } from '@/components/ui/page.tsx'
import { members } from '@/copy/members.ts'
import { access } from '@/lib/access.ts'
import { readCluster } from '@/lib/clusters.ts'

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
