/** The files that both ways of the first boot put on the node. */
import { readFileSync } from 'node:fs'
import type { HostKey } from './host-key.ts'
import type { CardSettings } from './request.ts'

export interface NodeFile {
  path: string
  /** Octal, as chmod takes it: `0644`. */
  mode: string
  content: string
}

const shipped = (name: string) => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')

const callHomeScript = shipped('call-home.py')
export const firstBootScript = shipped('first-boot.py')
const callHomeUnit = shipped('bramble-call-home.service')

/**
 * sshd takes its key from a place of our own: images make host keys themselves at some moment of the first boot,
 * and what they leave in /etc/ssh is not shown to anybody.
 */
const sshdSettings = (port: number) =>
  [
    '# Managed by Bramble. Local changes are overwritten.',
    `Port ${port}`,
    'HostKey /etc/bramble/ssh_host_ed25519_key',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    '',
  ].join('\n')

export function nodeFiles(card: CardSettings, hostKey: HostKey): NodeFile[] {
  const told = { card: card.cardId, urls: card.callHome, port: card.port }
  return [
    { path: '/etc/bramble/ssh_host_ed25519_key', mode: '0600', content: hostKey.privateKey.reveal() },
    { path: '/etc/bramble/ssh_host_ed25519_key.pub', mode: '0644', content: `${hostKey.publicLine}\n` },
    { path: '/etc/bramble/card.json', mode: '0644', content: `${JSON.stringify(told)}\n` },
    { path: '/etc/ssh/sshd_config.d/00-bramble-card.conf', mode: '0644', content: sshdSettings(card.port) },
    { path: '/usr/local/lib/bramble/call-home.py', mode: '0755', content: callHomeScript },
    { path: '/usr/local/lib/bramble/first-boot.py', mode: '0755', content: firstBootScript },
    { path: '/etc/systemd/system/bramble-call-home.service', mode: '0644', content: callHomeUnit },
  ]
}
