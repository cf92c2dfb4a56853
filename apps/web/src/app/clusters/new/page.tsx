import { getCluster, listClusters } from '@bramble/db/clusters'
import { listStations } from '@bramble/db/flash'
import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { wizard } from '@/features/new-cluster/copy.ts'
import { networkChoices } from '@/features/new-cluster/proposal.ts'
import { Wizard } from '@/features/new-cluster/wizard.tsx'
import { en } from '@/format/en.ts'
import { Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: wizard.title }

const Query = z.object({ with: z.enum(['flash', 'adopt']).catch('adopt') })

export default async function NewClusterPage({ searchParams }: { searchParams: Promise<Record<string, unknown>> }) {
  await access.require('operator')
  const [stations, taken] = await Promise.all([listStations(), takenAddresses()])
  const way = Query.parse(await searchParams).with
  return (
    <Page
      title={wizard.title}
      description={wizard.description}
      eyebrow={
        <Link href="/" className="hover:text-foreground">
          {en.nav.clusters}
        </Link>
      }
    >
      <Wizard way={way} networks={networkChoices(stations)} taken={taken} />
    </Page>
  )
}

/** Addresses that other clusters hold: none of them is proposed. */
async function takenAddresses(): Promise<string[]> {
  const clusters = await Promise.all((await listClusters()).map(({ name }) => getCluster(name)))
  return clusters.flatMap((cluster) =>
    cluster ? [cluster.spec.vip, ...cluster.spec.nodes.map((node) => node.address)] : [],
  )
}
