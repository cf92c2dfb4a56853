import { ClusterName } from '@bramble/cluster'
import { type ClusterView, getCluster, listClusters } from '@bramble/db/clusters'
import { listCardRecords, listImages, listStations } from '@bramble/db/flash'
import { keptWifi } from '@bramble/db/secrets'
import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { access, reaches } from '@/auth/access.ts'
import { ClusterChoice } from '@/features/flash/cluster-choice.tsx'
import { flash } from '@/features/flash/copy.ts'
import { FlashScreen } from '@/features/flash/flash-screen.tsx'
import type { FlashCluster } from '@/features/flash/view.ts'
import { buttonStyle } from '@/ui/button.tsx'
import { Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: flash.title }

const Query = z.object({ cluster: ClusterName.optional().catch(undefined) })

export default async function FlashPage({ searchParams }: { searchParams: Promise<Record<string, unknown>> }) {
  const who = await access.require('viewer')
  const asked = Query.parse(await searchParams).cluster
  const [clusters, stations, images] = await Promise.all([listClusters(), listStations(), listImages()])
  const names = clusters.map((cluster) => cluster.name)
  const name = asked && names.includes(asked) ? asked : newest(clusters)
  const [cluster, wifi, records] = await Promise.all([
    name ? getCluster(name) : null,
    name ? keptWifi(name) : null,
    listCardRecords({ limit: 20 }),
  ])
  return (
    <Page
      width="wide"
      title={flash.title}
      description={flash.description}
      actions={
        <>
          {name && names.length > 1 && <ClusterChoice clusters={names} value={name} />}
          <Link href="/images" className={buttonStyle({})}>
            {flash.toImages}
          </Link>
        </>
      }
    >
      <FlashScreen
        key={name ?? ''}
        cluster={cluster && flashCluster(cluster, wifi)}
        stations={stations}
        images={images}
        records={records}
        operator={reaches(who.role, 'operator')}
        admin={reaches(who.role, 'admin')}
      />
    </Page>
  )
}

function newest(clusters: readonly { name: string; createdAt: string }[]): string | undefined {
  return [...clusters].sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]?.name
}

function flashCluster({ name, spec, nodes }: ClusterView, wifi: FlashCluster['wifi']): FlashCluster {
  return {
    name,
    vip: spec.vip,
    wifi,
    nodes: nodes.map((node) => ({
      name: node.name,
      address: node.address,
      card: node.card && { phase: node.card.phase, run: node.card.run },
      adopted: node.hostKey !== null && node.card === null,
    })),
  }
}
