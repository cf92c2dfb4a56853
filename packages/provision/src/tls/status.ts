/** What bramble-https.service is told, and what it says. */
import { type AcmeKeyType, CertificateSource } from '@bramble/cluster'
import { z } from 'zod'

export interface HttpsSettings {
  node: string
  vip: string
  /** Where etcd answers: this node first. */
  endpoints: string[]
  /** Domain to the source of its certificate. */
  domains: Record<string, 'authority' | 'acme'>
  acme: { directory: string; email: string; keyType: AcmeKeyType; authority: string | null } | null
}

export const HttpsStatus = z.object({
  /** Null: it has none, or cannot be read. */
  issuer: z.object({ until: z.iso.datetime() }).nullable(),
  domains: z.record(
    z.string(),
    z.object({
      source: CertificateSource,
      until: z.iso.datetime().nullable(),
      /** SHA-1 of the certificate, as HAProxy has it. */
      fingerprint: z.string().nullable(),
      /** Whether the running HAProxy shows it. */
      shown: z.boolean(),
      /** For people: why there is none, or no newer one. */
      problem: z.string().nullable(),
    }),
  ),
  /** What concerns all of them, such as an HAProxy that does not answer. */
  problem: z.string().nullable(),
})
export type HttpsStatus = z.infer<typeof HttpsStatus>

/** Null: it has said nothing that can be read. */
export function readHttpsStatus(text: string | null): HttpsStatus | null {
  try {
    return HttpsStatus.safeParse(JSON.parse(text ?? '')).data ?? null
  } catch {
    return null
  }
}

/** Why HTTPS of a balancer is not as the settings say; null: it is. */
export function httpsProblem(settings: Pick<HttpsSettings, 'domains'>, status: HttpsStatus | null): string | null {
  if (!status) return 'its service has said nothing yet'
  if (status.problem) return status.problem
  for (const [domain, source] of Object.entries(settings.domains)) {
    const known = status.domains[domain]
    // A public authority may take its time, or wait for DNS: nobody waits for it.
    if (known && source === 'acme') continue
    if (!known?.shown) return known?.problem ?? `HAProxy does not show the certificate of ${domain} yet`
  }
  const gone = Object.keys(status.domains).find((domain) => !(domain in settings.domains))
  return gone ? `HAProxy still shows the certificate of ${gone}` : null
}
