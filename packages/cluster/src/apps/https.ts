/** HTTPS of the cluster and of its apps, as the cluster file has it. */
import { z } from 'zod'

/**
 * Where the certificates of an app come from. `authority`: the cluster's own site authority, which each device must be told
 * to trust. `off`: none; HTTPS shows the neutral certificate for its domains.
 */
export const CertificateSource = z.enum(['authority', 'off'])
export type CertificateSource = z.infer<typeof CertificateSource>

/** Of apps that do not say otherwise. */
export const defaultCertificate: CertificateSource = 'authority'

export const ClusterHttps = z.strictObject({
  certificate: CertificateSource.default(defaultCertificate),
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
