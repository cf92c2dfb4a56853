/** Which certificates the cluster's spec asks for. */
import type { ClusterSpec } from '../spec.ts'
import { isAddress } from './domains.ts'
import { type CertificateSource, defaultCertificate } from './https.ts'
import type { AppSpec } from './spec.ts'

export const certificateOf = ({ https }: Pick<ClusterSpec, 'https'>, app: Pick<AppSpec, 'https'>): CertificateSource =>
  app.https?.certificate ?? https?.certificate ?? defaultCertificate

/** Domains with a certificate from this source, sorted. A browser that is given an address asks for no name, so it gets none. */
export function domainsFrom(spec: Pick<ClusterSpec, 'https' | 'apps'>, source: CertificateSource): string[] {
  const own = (spec.apps ?? []).filter((app) => certificateOf(spec, app) === source)
  return own.flatMap(({ domains }) => domains.filter((domain) => !isAddress(domain))).sort()
}
