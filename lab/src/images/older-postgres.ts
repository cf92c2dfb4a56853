/** PostgreSQL 15 for Trixie nodes: from the release before, through the lab's package cache. To rehearse an upgrade with. */
import type { PostgresSpec } from '@bramble/cluster'
import { readMirrors } from '../host/machine.ts'

export async function olderPostgres(): Promise<PostgresSpec> {
  const { debian } = await readMirrors()
  const uri = debian ? `http://${debian.host}${debian.pathname.replace(/\/+$/, '')}` : 'http://deb.debian.org/debian'
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
  return { version: 15, archive: { uri, suite: 'bookworm', components: ['main'], key } }
}
