/** The cluster's small certificate authority: one root, one leaf a node. ECDSA P-256. */
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from 'node:crypto'
import { authorityLifetime, isRenewalDue } from '@bramble/cluster'
import * as x509 from '@peculiar/x509'

const crypto = webcrypto
x509.cryptoProvider.set(crypto)

export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Before any clock: a Pi without a battery may boot years in the past, and its certificates must be valid then. */
export const backdated = new Date('2000-01-01T00:00:00Z')

/** Certificate and private key, PEM. */
export interface Pair {
  certificate: string
  key: string
}

/** `key`: PEM; a renewed authority keeps its key, so that what it signed before and who trusts it go on as they are. */
export async function makeAuthority(name: string, now: Date, key?: string): Promise<Pair> {
  const keys = await keysOf(key)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: subject(`Bramble ${name}`),
    notBefore: backdated,
    notAfter: new Date(now.getTime() + authorityLifetime),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) }
}

/**
 * Valid until the authority ends. `key`: PEM; a renewed leaf keeps its key, so that certificate and key always match on
 * a node, whichever of the two files was written. `until`: an earlier end; `from`: a later begin.
 */
export async function issueLeaf(
  authority: Pair,
  names: LeafNames,
  { key, until, from = backdated }: { key?: string | undefined; until?: Date; from?: Date } = {},
): Promise<Pair> {
  const issuer = new x509.X509Certificate(authority.certificate)
  const signingKey = await crypto.subtle.importKey('pkcs8', der(authority.key), algorithm, false, ['sign'])
  const keys = await keysOf(key)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subject(names.dns[0] ?? 'node'),
    issuer: issuer.subject,
    notBefore: from,
    notAfter: until && until < issuer.notAfter ? until : issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.dns.map((value) => ({ type: 'dns' as const, value })),
        ...names.ip.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, crypto),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) }
}

export interface LeafNames {
  dns: readonly string[]
  ip: readonly string[]
}

/** An authority of an older version is not backdated: the nodes would refuse it when their clocks are behind. */
export function authorityHolds({ certificate }: Pair, now: Date): boolean {
  const { validFrom, validTo } = new X509Certificate(certificate)
  return Date.parse(validFrom) <= backdated.getTime() && !isDue(validFrom, validTo, now)
}

/** Whether the authority signed the leaf, and its key belongs to it. */
export function isOf(authority: Pair, leaf: Pair): boolean {
  try {
    const certificate = new X509Certificate(leaf.certificate)
    return (
      certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(leaf.key))
    )
  } catch {
    return false
  }
}

/** Whether the leaf is of this authority, for these names, and has more than a third of its lifetime left. */
export function leafHolds(authority: Pair, leaf: Pair, names: LeafNames, now: Date): boolean {
  if (!isOf(authority, leaf)) return false
  const { validFrom, validTo } = new X509Certificate(leaf.certificate)
  const sorted = ({ dns, ip }: LeafNames) => JSON.stringify([[...dns].sort(), [...ip].sort()])
  return (
    Date.parse(validFrom) <= backdated.getTime() &&
    !isDue(validFrom, validTo, now) &&
    sorted(namesOf(leaf)) === sorted(names)
  )
}

export function namesOf({ certificate }: Pair): LeafNames {
  if (!certificate) return { dns: [], ip: [] }
  const names = new X509Certificate(certificate).subjectAltName?.split(', ') ?? []
  const of = (kind: string) => names.flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []))
  return { dns: of('DNS:'), ip: of('IP Address:') }
}

const isDue = (from: string, until: string, now: Date): boolean =>
  isRenewalDue({ from: Date.parse(from), until: Date.parse(until) }, now.getTime())

/** The pair of a private key (PEM), or a new one. */
export async function keysOf(key?: string): Promise<webcrypto.CryptoKeyPair> {
  if (!key) return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('pkcs8', der(key), algorithm, true, ['sign']),
    crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  ])
  return { privateKey, publicKey }
}

/** Positive and 128 bits long. */
export function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

export function subject(name: string): string {
  return `CN=${name}`
}

export async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const text = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`
}

export function der(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}
