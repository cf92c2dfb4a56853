/** A server's certificate of a small authority, for tests of TLS. */
import { issueLeaf, makeAuthority } from '../src/secrets/authority.ts'

/** All PEM. */
export async function serverCertificate(names: {
  dns?: string[]
  ip?: string[]
}): Promise<{ authority: string; certificate: string; key: string }> {
  const now = new Date()
  const authority = await makeAuthority('tests', now)
  const leaf = await issueLeaf(authority, { dns: names.dns ?? [], ip: names.ip ?? [] }, now)
  return { authority: authority.certificate, ...leaf }
}
