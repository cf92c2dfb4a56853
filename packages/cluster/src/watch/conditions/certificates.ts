/** When the nodes' own certificates end. Bramble renews them long before: an alert means that it could not. */
import { shareLeft } from '../../certificates.ts'
import { spanText } from '../figures.ts'
import { type Found, found, type Look, limit, machines } from './look.ts'

export function certificates(look: Look): Found[] {
  const now = look.now.getTime()
  return machines(look).flatMap(({ name, machine: { certificateFrom, certificateUntil } }) => {
    if (certificateFrom === null || certificateUntil === null) return []
    const certificate = { from: Date.parse(certificateFrom), until: Date.parse(certificateUntil) }
    const left = shareLeft(certificate, now)
    const critical = left <= limit(look, 'certificate-ending', 'critical')
    if (!critical && left > limit(look, 'certificate-ending', 'warning')) return []
    const day = certificateUntil.slice(0, 10)
    const after = 'etcd, Patroni, and PostgreSQL there refuse connections'
    return found('certificate-ending', {
      node: name,
      level: critical ? 'critical' : 'warning',
      value: left,
      words:
        certificate.until <= now
          ? `The certificate of ${name} expired on ${day}: ${after}.`
          : `The certificate of ${name} expires in ${spanText((certificate.until - now) / 1000)}, on ${day}, and was not renewed in time. After that, ${after}.`,
      cure: `Bramble renews certificates automatically while a node is reachable. Read the newest run “Certificate renewal”, or reprovision ${name}: it gets a new certificate without an outage.`,
    })
  })
}
