/** What this machine needs to build and run a system of another architecture: QEMU, and the kernel's word for it. */
import { access, readFile, writeFile } from 'node:fs/promises'
import { run } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import { architecture, installTools, prepareMachine } from '../host/machine.ts'

const registry = '/proc/sys/fs/binfmt_misc'
const entry = `${registry}/qemu-aarch64`
/** Debian's own line for it, from qemu-user-static: opened once, so that it works inside a chroot as well. */
const line = '/usr/lib/binfmt.d/qemu-aarch64.conf'

const tools = {
  'qemu-system-aarch64': 'qemu-system-arm',
  mmdebstrap: 'mmdebstrap',
  mcopy: 'mtools',
  'mkfs.vfat': 'dosfstools',
  sfdisk: 'fdisk',
  socat: 'socat',
  xz: 'xz-utils',
  modinfo: 'kmod',
}

/** For running an emulated Pi. Installs what is missing with apt-get; throws LabError `lab-needs-tools`. */
export async function prepareEmulator(onLine: (line: string) => void = () => {}): Promise<void> {
  await prepareMachine(onLine)
  await installTools(tools, onLine)
}

/** For building its image as well: programs for arm64 start as if they were this machine's own. */
export async function prepareForeign(onLine: (line: string) => void = () => {}): Promise<void> {
  await prepareEmulator(onLine)
  if ((await architecture()) === 'arm64') return
  await installTools({ 'qemu-aarch64-static': 'qemu-user-static' }, onLine)
  if (!(await exists(`${registry}/register`))) await run(['mount', '-t', 'binfmt_misc', 'binfmt_misc', registry])
  if (await exists(entry)) return
  await writeFile(`${registry}/register`, await readFile(line, 'utf8')).catch((error: Error) => {
    throw new LabError(
      'lab-needs-tools',
      `The kernel of this machine does not take programs for arm64: ${error.message} Load the module binfmt_misc, then try again.`,
      { cause: error },
    )
  })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
