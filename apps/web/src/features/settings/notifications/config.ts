/** The fields of a form as the settings of a channel; what is empty is left out. Checked where it is saved. */
import type { ChannelKind } from '@bramble/cluster'

export function configOf(kind: ChannelKind, form: FormData): Record<string, unknown> {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const config: Record<string, unknown> = { kind }
  for (const name of fields[kind]) {
    const value = name === 'password' || name === 'secret' ? String(form.get(name) ?? '') : text(name)
    if (value !== '') config[name] = value
  }
  if (kind === 'email') {
    config.port = Number(text('port'))
    config.to = text('to')
      .split(/[\s,;]+/)
      .filter(Boolean)
  }
  return config
}

/** Fields of its form that say what is wrong with them. */
export const fieldsOf = (kind: ChannelKind): string[] => [...fields[kind], ...(kind === 'email' ? ['port', 'to'] : [])]

const fields: Record<ChannelKind, readonly string[]> = {
  ntfy: ['server', 'topic', 'token', 'ca'],
  email: ['host', 'security', 'user', 'password', 'from', 'ca'],
  'home-assistant': ['server', 'webhook', 'ca'],
  discord: ['url'],
  webhook: ['url', 'secret', 'ca'],
  heartbeat: ['url', 'ca'],
}
