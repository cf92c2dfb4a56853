/** Certificates for tests: of a server with a small authority of its own, and ones of a cluster that end sooner. */
import { issueLeaf, makeAuthority, namesOf } from '../src/secrets/authority.ts'
import type { StoredSecrets } from '../src/secrets/index.ts'

/** All PEM. */
export async function serverCertificate(names: {
  dns?: string[]
  ip?: string[]
}): Promise<{ authority: string; certificate: string; key: string }> {
  const now = new Date()
  const authority = await makeAuthority('tests', now)
  const leaf = await issueLeaf(authority, { dns: names.dns ?? [], ip: names.ip ?? [] })
  return { authority: authority.certificate, ...leaf }
}

/** The same cluster whose certificates, but the authority's, end at that moment. `from`: as an older version dated them. */
export async function endingCertificates(stored: StoredSecrets, until: Date, from?: Date): Promise<StoredSecrets> {
  const pair = (name: string) => ({ certificate: stored[`${name}.certificate`]!, key: stored[`${name}.key`]! })
  const names = Object.keys(stored).flatMap((key) => /^(leaf\.[^.]+)\.certificate$/.exec(key)?.[1] ?? [])
  const ending = await Promise.all(
    names.map(async (name) => {
      const own = pair(name)
      const options = { key: own.key, until, ...(from ? { from } : {}) }
      const { certificate } = await issueLeaf(pair('ca'), namesOf(own), options)
      return [`${name}.certificate`, certificate] as const
    }),
  )
  return { ...stored, ...Object.fromEntries(ending) }
}
