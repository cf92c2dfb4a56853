/** What makes Debian's packages a Pi from the factory, as Raspberry Pi OS is before its first boot. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { put, signalOf } from '../images/archive.ts'
import { factoryFiles } from '../images/image-files.ts'

/** Timers and units that a short life has no use for; an emulated core is ten times slower than a Pi's. */
const quiet = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
]

/** Read by cloud-init where Raspberry Pi OS's build of it looks by itself. */
const cloudInitWaits = '[Unit]\nRequiresMountsFor=/boot/firmware\n'

/** The same on every card of one image, as with Raspberry Pi OS. */
export const diskId = 'c1a9f2d4'

const files: Record<string, { content: string; mode: number }> = {
  ...factoryFiles('trixie'),
  // This card grows on its first boot, and its network is what the card says.
  '/etc/cloud/cloud.cfg.d/99_zz_lab.cfg': { content: 'users: []\n', mode: 0o644 },
  '/etc/systemd/system/cloud-init-local.service.d/pi.conf': { content: cloudInitWaits, mode: 0o644 },
  '/etc/systemd/system/cloud-init-main.service.d/pi.conf': { content: cloudInitWaits, mode: 0o644 },
  '/etc/fstab': {
    content: [
      'proc /proc proc defaults 0 0',
      `PARTUUID=${diskId}-01 /boot/firmware vfat defaults 0 2`,
      `PARTUUID=${diskId}-02 / ext4 defaults,noatime 0 1`,
      '',
    ].join('\n'),
    mode: 0o644,
  },
  // As Raspberry Pi OS: eth0 is eth0.
  '/etc/systemd/network/99-default.link': { content: '', mode: 0o644 },
  '/etc/systemd/network/73-usb-net-by-mac.link': { content: '', mode: 0o644 },
  '/etc/locale.gen': { content: 'en_GB.UTF-8 UTF-8\n', mode: 0o644 },
  '/etc/default/locale': { content: 'LANG=en_GB.UTF-8\n', mode: 0o644 },
}

/** Turns Debian's packages into a system that waits for its card's word. */
export async function makeFactory(root: string, signal?: AbortSignal): Promise<void> {
  const inside = (...argv: string[]) => must(['chroot', root, ...argv], { timeout: 300_000, ...signalOf(signal) })
  const units = (verb: string, ...names: string[]) => must(['systemctl', `--root=${root}`, verb, ...names])
  for (const [path, { content, mode }] of Object.entries(files)) await put(root, path, content, mode)
  await rm(join(root, 'var/lib/dbus/machine-id'), { force: true })
  for (const name of await readdir(join(root, 'etc/ssh')))
    if (name.startsWith('ssh_host_')) await rm(join(root, 'etc/ssh', name))
  await mkdir(join(root, 'boot/firmware'), { recursive: true })
  await inside('passwd', '--lock', 'root')
  await inside('locale-gen')
  await units('disable', 'ssh.service')
  await units('mask', ...quiet)
  await units('enable', 'regenerate_ssh_host_keys.service', 'sshswitch.service', 'systemd-networkd.service')
}
