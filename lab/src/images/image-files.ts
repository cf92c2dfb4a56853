/** The files that make an image a Pi's: what its firmware reads, and what Raspberry Pi OS does on the first boot. */
import type { Release } from '../host/layout.ts'

/** Files of the boot partition by name. `diskId`: eight hex digits of the partition table. */
export function bootFiles(release: Release, diskId: string): Record<string, string> {
  const kernel = `console=tty1 root=PARTUUID=${diskId}-02 rootfstype=ext4 fsck.repair=yes rootwait`
  const everywhere = {
    'config.txt': '# Read by the firmware of a Pi; the lab has none.\narm_64bit=1\n',
    'issue.txt': `Raspberry Pi reference 2025-10-01\nMade by the Bramble lab, ${release}\n`,
  }
  if (release === 'bookworm')
    return { ...everywhere, 'cmdline.txt': `${kernel} init=/usr/lib/raspberrypi-sys-mods/firstboot\n` }
  return {
    ...everywhere,
    'cmdline.txt': `${kernel} resize\n`,
    'meta-data':
      '# The first boot reads this: another id is another first boot.\ndsmode: local\ninstance_id: rpios-image\n',
    'user-data': '#cloud-config\n\n# Nothing is set yet.\n#hostname: raspberrypi\n',
    'network-config': 'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n      optional: true\n',
  }
}

export interface FactoryFile {
  content: string
  mode: number
}

/** Files of the root, by path. */
export const factoryFiles = (release: Release): Record<string, FactoryFile> =>
  release === 'bookworm' ? everywhere : { ...everywhere, ...cloudInit }

const everywhere: Record<string, FactoryFile> = {
  '/etc/hostname': { content: 'raspberrypi\n', mode: 0o644 },
  '/etc/hosts': { content: '127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n::1\tlocalhost\n', mode: 0o644 },
  '/etc/locale.gen': { content: 'en_GB.UTF-8 UTF-8\n', mode: 0o644 },
  '/etc/default/locale': { content: 'LANG=en_GB.UTF-8\n', mode: 0o644 },
  '/etc/machine-id': { content: '', mode: 0o444 },
  '/etc/systemd/system/regenerate_ssh_host_keys.service': {
    content: [
      '[Unit]',
      'Description=Host keys of its own on the first boot',
      'Before=ssh.service',
      '[Service]',
      'Type=oneshot',
      'ExecStart=/usr/local/lib/regenerate_ssh_host_keys',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ].join('\n'),
    mode: 0o644,
  },
  '/usr/local/lib/regenerate_ssh_host_keys': {
    content:
      '#!/bin/sh -e\nrm -f /etc/ssh/ssh_host_*_key*\nssh-keygen -A\nsystemctl -q disable regenerate_ssh_host_keys\n',
    mode: 0o755,
  },
  '/etc/systemd/system/sshswitch.service': {
    content: [
      '[Unit]',
      'Description=SSH is turned on by a file named ssh on the boot partition',
      'ConditionPathExistsGlob=/boot/firmware/ssh{,.txt}',
      'After=regenerate_ssh_host_keys.service',
      '[Service]',
      'Type=oneshot',
      'ExecStart=/bin/rm -f /boot/firmware/ssh /boot/firmware/ssh.txt',
      'ExecStart=/bin/systemctl enable --now --no-block ssh.service',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ].join('\n'),
    mode: 0o644,
  },
}

const cloudInit: Record<string, FactoryFile> = {
  // Where Raspberry Pi OS tells cloud-init to look, and who makes the host keys when the card brings none.
  '/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg': {
    content: [
      'datasource_list: [ NoCloud, None ]',
      'datasource:',
      '  NoCloud:',
      '    seedfrom: file:///boot/firmware',
      'ssh_deletekeys: false',
      'ssh_genkeytypes: []',
      '',
    ].join('\n'),
    mode: 0o644,
  },
  // The lab's own: the card is grown when it is put in, and no user is there unless the card says so.
  '/etc/cloud/cloud.cfg.d/99_zz_lab.cfg': {
    content: 'growpart:\n  mode: "off"\nresize_rootfs: false\nusers: []\n',
    mode: 0o644,
  },
  '/etc/cloud/ds-identify.cfg': { content: 'policy: enabled\n', mode: 0o644 },
}
