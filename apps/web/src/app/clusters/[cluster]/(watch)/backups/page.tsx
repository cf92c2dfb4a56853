import { nextSlot, proposeRepositoryNode } from '@bramble/cluster'
import { backupPublicKey, listRestoreSources, readBackups } from '@bramble/db/backups'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { access, reaches } from '@/auth/access.ts'
import { BackupsScreen } from '@/features/backups/backups-screen.tsx'
import { backups as words } from '@/features/backups/copy.ts'
import { NoBackups } from '@/features/backups/no-backups.tsx'
import { readCluster } from '@/features/overview/clusters.ts'

interface BackupsPageProps {
  params: Promise<{ cluster: string }>
}

export async function generateMetadata({ params }: BackupsPageProps): Promise<Metadata> {
  return { title: `${words.title} · ${(await params).cluster}` }
}

export default async function BackupsPage({ params }: BackupsPageProps) {
  const who = await access.require('viewer')
  const cluster = await readCluster((await params).cluster)
  if (!cluster) notFound()
  const { name, spec } = cluster
  const admin = reaches(who.role, 'admin')
  const publicKey = admin ? await backupPublicKey(name) : null
  if (!spec.backup) return <NoBackups admin={admin} proposed={proposeRepositoryNode(spec)} publicKey={publicKey} />
  const view = await readBackups(name)
  return (
    <BackupsScreen
      backup={spec.backup}
      view={view}
      next={nextSlot(spec.backup.schedule, spec.timezone, new Date()).at.toISOString()}
      busy={cluster.activeRun !== null}
      pending={!view.built}
      operator={reaches(who.role, 'operator')}
      admin={admin}
      publicKey={publicKey}
      sources={admin ? await listRestoreSources(name) : []}
    />
  )
}
