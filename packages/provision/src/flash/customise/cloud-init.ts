/**
 * The first boot of images with cloud-init (Raspberry Pi OS since trixie): its NoCloud source reads `user-data`,
 * `meta-data` and `network-config` from the boot partition. The card's id is the instance: a card that is written
 * anew is set up anew.
 *
 * The private host key and the Wi-Fi key travel on the boot partition until the end of the first boot, which writes
 * over them there. Until then who holds the card can read them, as he could read the root file system later; and a
 * card may keep old blocks in its spare ones. cloud-init keeps its copy readable for root alone.
 */
import type { HostKey } from './host-key.ts'
import { networkConfig } from './network.ts'
import { nodeFiles } from './node-files.ts'
import type { CardSettings } from './request.ts'
import { yamlText } from './yaml.ts'

/** Text of each file of the boot partition, by its path there. */
export function cloudInitFiles(card: CardSettings, hostKey: HostKey): Map<string, string> {
  const calm = calmSettings(card)
  return new Map([
    ['user-data', cloudConfig({ ...calm, ...firstTime(card, hostKey) })],
    ['meta-data', yamlText({ 'instance-id': card.cardId, dsmode: 'local', 'local-hostname': card.node.name })],
    ['network-config', yamlText(networkConfig(card))],
    // What stays when the secrets are wiped.
    ['bramble/user-data', cloudConfig(calm)],
    ['bramble/network-config', yamlText(networkConfig({ ...card, wifi: null }))],
  ])
}

const cloudConfig = (value: object) => `#cloud-config\n${yamlText(value)}`

/** Without secrets and without what is done once. */
function calmSettings(card: CardSettings): object {
  const { settings } = card
  return {
    hostname: card.node.name,
    // `true` would write /etc/hosts anew at every boot, without the names that Bramble puts there.
    manage_etc_hosts: 'localhost',
    timezone: card.timezone,
    locale: settings.locale,
    keyboard: { layout: settings.keyboard },
    apt: { preserve_sources_list: true },
    // The image's own first user under this name: it keeps the groups that the image gives it.
    users: ['default'],
    user: {
      name: card.user,
      shell: '/bin/bash',
      lock_passwd: true,
      sudo: 'ALL=(ALL) NOPASSWD:ALL',
      ssh_authorized_keys: [card.authorizedKey],
    },
    ssh_pwauth: false,
  }
}

function firstTime(card: CardSettings, hostKey: HostKey): object {
  return {
    // Early: "it boots" is news only before it is up. The script comes a moment later; until then systemd tries again.
    bootcmd: [
      [
        'cloud-init-per',
        'instance',
        'bramble-call-home',
        'systemd-run',
        '--no-block',
        '--collect',
        '--unit=bramble-first-call',
        '--property=Restart=on-failure',
        '--property=RestartSec=3',
        '/usr/bin/python3',
        '-I',
        '/usr/local/lib/bramble/call-home.py',
      ],
    ],
    ssh_deletekeys: true,
    // With keys given, cloud-init makes none.
    ssh_keys: { ed25519_private: hostKey.privateKey.reveal(), ed25519_public: `${hostKey.publicLine}\n` },
    write_files: nodeFiles(card, hostKey).map(({ path, mode, content }) => ({ path, permissions: mode, content })),
    runcmd: [['/usr/bin/python3', '-I', '/usr/local/lib/bramble/first-boot.py', 'finish']],
  }
}

/** Words for the kernel's command line. */
export const cloudInitWords = (card: CardSettings): string[] => [`ds=nocloud;i=${card.cardId}`]
