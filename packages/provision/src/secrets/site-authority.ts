/**
 * The site authority: whose certificates browsers see on port 443, where an app has none of a public authority. It is apart from
 * the cluster's own authority: who trusts it on a phone lets nobody in to etcd or PostgreSQL.
 *
 * Two levels, because a balancer renews without Bramble and a balancer can be stolen. The authority's key never leaves Bramble. Each
 * balancer has an issuer of its own, which may sign for the domains of the spec only and ends after two years.
 */
import { webcrypto, X509Certificate } from 'node:crypto'
import { authorityLifetime, type ClusterSpec, domainsFrom, isRenewalDue, nodesWith } from '@bramble/cluster'
import * as x509 from '@peculiar/x509'
import { algorithm, backdated, der, isOf, keysOf, type Pair, pem, serial, subject } from './authority.ts'
import { nameConstraints, permittedNames } from './name-constraints.ts'
import type { Renewal, StoredSecrets } from './stored.ts'

const day = 86_400_000
const issuerLifetime = 2 * 365 * day

/** No public authority signs for these: a name below them needs no new trust on the devices. */
const lanNames = ['home', 'home.arpa', 'internal', 'lan', 'local']

export const siteAuthorityName = 'site.ca'
export const siteIssuerName = (node: string): string => `site.issuer.${node}`

/** Changes `next`. See `issueCertificates`. An issuer keeps its key, so that certificate and key match on a node at any time. */
export async function issueSiteCertificates(
  spec: ClusterSpec,
  next: StoredSecrets,
  now: Date,
  renewal: Renewal,
): Promise<void> {
  const domains = simplest(domainsFrom(spec, 'authority'))
  const old = pairOf(next, siteAuthorityName)
  const known = old.certificate ? namesIn(old.certificate) : []
  const missing = renewal === 'all' || !old.key ? domains.filter((name) => !isBelow(name, known)) : []
  if (!old.key || missing.length > 0 || (renewal !== 'none' && isDue(old.certificate, now)))
    keep(
      next,
      siteAuthorityName,
      await makeSiteAuthority(spec.name, simplest([...lanNames, ...known, ...missing]), now, old.key),
    )
  const authority = pairOf(next, siteAuthorityName)

  for (const { name } of nodesWith(spec, 'balancer')) {
    const issuer = pairOf(next, siteIssuerName(name))
    const kept = isOf(authority, issuer)
    const present = kept ? namesIn(issuer.certificate) : []
    const names = kept && renewal !== 'all' ? present : domains
    const holds = kept && (renewal === 'none' || (names.join() === present.join() && !isDue(issuer.certificate, now)))
    if (holds) continue
    keep(next, siteIssuerName(name), await issueIssuer(authority, name, names, now, kept ? issuer.key : undefined))
  }
}

/** Whether the authority or an issuer has less than a third of its lifetime left. */
export function siteCertificatesDue(stored: StoredSecrets, now: Date): boolean {
  const own = Object.entries(stored).filter(([name]) => /^site\.(ca|issuer\.[^.]+)\.certificate$/.test(name))
  return own.some(([, certificate]) => isDue(certificate, now))
}

/** `names`: all that its certificates may be for, and what is below them. */
async function makeSiteAuthority(cluster: string, names: string[], now: Date, key?: string): Promise<Pair> {
  const keys = await keysOf(key || undefined)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: subject(`Bramble ${cluster} site authority`),
    notBefore: backdated,
    notAfter: new Date(now.getTime() + authorityLifetime),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      ...(await authorityExtensions(keys.publicKey, names)),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) }
}

async function issueIssuer(authority: Pair, node: string, names: string[], now: Date, key?: string): Promise<Pair> {
  const issuer = new x509.X509Certificate(authority.certificate)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der(authority.key), algorithm, false, ['sign'])
  const keys = await keysOf(key)
  const end = new Date(now.getTime() + issuerLifetime)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subject(`Bramble site issuer ${node}`),
    issuer: issuer.subject,
    // Browsers judge it, whose clocks are right: a day for those that are a little behind.
    notBefore: new Date(now.getTime() - day),
    notAfter: end < issuer.notAfter ? end : issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      ...(await authorityExtensions(keys.publicKey, names)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) }
}

const authorityExtensions = async (key: webcrypto.CryptoKey, names: string[]) => [
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  nameConstraints(names),
  await x509.SubjectKeyIdentifierExtension.create(key, false, webcrypto),
]

/** Without wildcards, sorted, and none below another one. */
function simplest(names: readonly string[]): string[] {
  const plain = [...new Set(names.map((name) => name.replace(/^\*\./, '')))].sort()
  return plain.filter(
    (name) =>
      !isBelow(
        name,
        plain.filter((other) => other !== name),
      ),
  )
}

const isBelow = (name: string, names: readonly string[]): boolean =>
  names.some((above) => name === above || name.endsWith(`.${above}`))

const namesIn = (certificate: string): string[] => permittedNames(new x509.X509Certificate(certificate))

function isDue(certificate: string, now: Date): boolean {
  const { validFrom, validTo } = new X509Certificate(certificate)
  return isRenewalDue({ from: Date.parse(validFrom), until: Date.parse(validTo) }, now.getTime())
}

function pairOf(stored: StoredSecrets, name: string): Pair {
  return { certificate: stored[`${name}.certificate`] ?? '', key: stored[`${name}.key`] ?? '' }
}

function keep(stored: StoredSecrets, name: string, { certificate, key }: Pair): void {
  stored[`${name}.certificate`] = certificate
  stored[`${name}.key`] = key
}
