/** When the nodes' own certificates end. */
import { spanText } from '../figures.ts'
import { type Found, found, type Look, limit, machines } from './look.ts'

export function certificates(look: Look): Found[] {
  return machines(look).flatMap(({ name, machine: { certificateUntil } }) => {
    const ends = certificateUntil === null ? Number.NaN : Date.parse(certificateUntil)
    if (Number.isNaN(ends)) return []
    const left = (ends - look.now.getTime()) / 1000
    const critical = left <= limit(look, 'certificate-ending', 'critical')
    if (!critical && left > limit(look, 'certificate-ending', 'warning')) return []
    const day = new Date(ends).toISOString().slice(0, 10)
    return found('certificate-ending', {
      node: name,
      level: critical ? 'critical' : 'warning',
      value: left,
      words:
        left <= 0
          ? `The certificate of ${name} ended on ${day}: etcd, Patroni and PostgreSQL refuse each other there.`
          : `The certificate of ${name} ends in ${spanText(left)}, on ${day}: then etcd, Patroni and PostgreSQL refuse each other there.`,
      cure: `Provision the cluster, or ${name} alone: Bramble makes a new certificate and each service takes it in without an outage.`,
    })
  })
}
