/**
 * The first boot of images without cloud-init (Raspberry Pi OS bookworm): the kernel's command line makes systemd run
 * one program instead of the usual boot, and reboot after it. The program is constant and reads what differs from
 * `bramble/first-boot.json`. (`custom.toml` can carry neither host keys nor a static address.)
 *
 * Secrets stand on the boot partition until that program has run, as with cloud-init.
 */
import type { HostKey } from './host-key.ts'
import { networkManagerFiles } from './network.ts'
import { firstBootScript, nodeFiles } from './node-files.ts'
import type { CardSettings } from './request.ts'

/** Text of each file of the boot partition, by its path there. */
export function firstrunFiles(card: CardSettings, hostKey: HostKey): Map<string, string> {
  const told = {
    hostname: card.node.name,
    user: card.user,
    authorizedKey: card.authorizedKey,
    timezone: card.timezone,
    locale: card.settings.locale,
    keyboard: card.settings.keyboard,
    files: [...nodeFiles(card, hostKey), ...networkManagerFiles(card)],
  }
  return new Map([
    ['bramble/first-boot.json', `${JSON.stringify(told, null, 2)}\n`],
    ['bramble/first-boot.py', firstBootScript],
  ])
}

/** Words for the kernel's command line. */
export const firstrunWords: readonly string[] = [
  'systemd.run=/boot/firmware/bramble/first-boot.py',
  'systemd.run_success_action=reboot',
  'systemd.unit=kernel-command-line.target',
]
