/** The cluster's small certificate authority: one root, one leaf a node. ECDSA P-256. */
import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const crypto = webcrypto
x509.cryptoProvider.set(crypto)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 24 * 3600 * 1000
const authorityDays = 20 * 365
const leafDays = 365
/** A leaf with less than this left is issued anew. */
const renewDays = 30

/** Certificate and private key, PEM. */
export interface Pair {
  certificate: string
  key: string
}

export async function makeAuthority(name: string, now: Date): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: subject(`Bramble ${name}`),
    ...validity(now, authorityDays),
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

export async function issueLeaf(authority: Pair, names: LeafNames, now: Date): Promise<Pair> {
  const issuer = new x509.X509Certificate(authority.certificate)
  const signingKey = await crypto.subtle.importKey('pkcs8', der(authority.key), algorithm, false, ['sign'])
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subject(names.dns[0] ?? 'node'),
    issuer: issuer.subject,
    ...validity(now, leafDays),
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

/** Is the leaf of this authority, for these names, and good for a while? */
export function leafHolds(authority: Pair, leaf: Pair, names: LeafNames, now: Date): boolean {
  try {
    const certificate = new X509Certificate(leaf.certificate)
    const issuer = new X509Certificate(authority.certificate)
    const wanted = [...names.dns.map((name) => `DNS:${name}`), ...names.ip.map((ip) => `IP Address:${ip}`)]
    const present = certificate.subjectAltName?.split(', ') ?? []
    return (
      certificate.verify(issuer.publicKey) &&
      Date.parse(certificate.validTo) - now.getTime() > renewDays * day &&
      wanted.length === present.length &&
      wanted.every((name) => present.includes(name))
    )
  } catch {
    return false
  }
}

/** From a day back: a Pi's clock may be behind until it has found the time. */
function validity(now: Date, days: number) {
  return { notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + days * day) }
}

/** Positive and 128 bits long. */
function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

function subject(name: string): string {
  return `CN=${name}`
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const text = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`
}

function der(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}
