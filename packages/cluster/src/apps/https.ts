/** HTTPS of the cluster and of its apps, as the cluster file has it. */
import { z } from 'zod'

/**
 * Where the certificates of an app come from. `authority`: the cluster's own site authority, which each device must be told
 * to trust. `acme`: a public authority such as Let's Encrypt. `off`: none; HTTPS shows the neutral certificate for its domains.
 */
export const CertificateSource = z.enum(['authority', 'acme', 'off'])
export type CertificateSource = z.infer<typeof CertificateSource>

/** Of apps that do not say otherwise. */
export const defaultCertificate: CertificateSource = 'authority'

export const acmeDirectories = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const
type NamedDirectory = keyof typeof acmeDirectories

export const AcmeKeyType = z.enum(['ec256', 'rsa2048'])
export type AcmeKeyType = z.infer<typeof AcmeKeyType>

export const AcmeSpec = z.strictObject({
  /** For the authority's messages. */
  email: z
    .string()
    .max(200)
    .regex(/^[\w.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'must be an email address such as me@example.org'),
  /** `letsencrypt`, `letsencrypt-staging`, or the https address of another directory. */
  directory: z
    .string()
    .max(500)
    .regex(
      /^(letsencrypt|letsencrypt-staging|https:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[\w./-]*)?)$/,
      'must be letsencrypt, letsencrypt-staging, or the https address of an ACME directory',
    )
    .default('letsencrypt'),
  keyType: AcmeKeyType.default('ec256'),
  /** Authority of the directory's own server, PEM. Absent: one that Debian trusts. */
  authority: z
    .string()
    .max(20_000)
    .regex(
      /^(-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----\s*)+$/,
      'must be a certificate in PEM',
    )
    .optional(),
})
export type AcmeSpec = z.infer<typeof AcmeSpec>

export const directoryOf = ({ directory }: AcmeSpec): string =>
  directory in acmeDirectories ? acmeDirectories[directory as NamedDirectory] : directory

export const ClusterHttps = z.strictObject({
  certificate: CertificateSource.default(defaultCertificate),
  /** Account at a public authority. */
  acme: AcmeSpec.optional(),
})
export type ClusterHttps = z.infer<typeof ClusterHttps>

export const AppHttps = z.strictObject({
  /** Absent: as the cluster says. */
  certificate: CertificateSource.optional(),
  /** True: a request over HTTP is sent to HTTPS. */
  redirect: z.boolean().default(false),
  /** True: browsers are told to use HTTPS only for a year (Strict-Transport-Security). */
  hsts: z.boolean().default(false),
})
export type AppHttps = z.infer<typeof AppHttps>
