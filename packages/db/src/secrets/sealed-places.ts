import { rotationPhaseName } from '@bramble/cluster'

/** Where sealed values are kept, and what pages show of them. */

export const placeOf = {
  secret: (clusterId: string, purpose: string, name: string) => `secret/${clusterId}/${purpose}/${name}`,
  channel: (id: string) => `channel/${id}`,
  probe: (id: string) => `probe/${id}`,
}

/** The part of a secret that is kept in the clear, since the dashboard cannot open it; null: nothing of it. */
export function shownOf(purpose: string, name: string, text: string): string | null {
  if (purpose === 'issued' && (name === 'backup.ssh.public' || name === rotationPhaseName)) return text
  if (purpose !== 'wifi') return null
  const { ssid, country } = JSON.parse(text) as { ssid?: unknown; country?: unknown }
  return JSON.stringify({ ssid, country })
}
