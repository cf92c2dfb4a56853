import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = new URL('./first-boot.py', import.meta.url).pathname

/** Calls one function of the Pi's own script, with the test's folder as its boot partition. */
const driver = `
import importlib.util, sys
script, boot, name = sys.argv[1:]
spec = importlib.util.spec_from_file_location("first_boot", script)
first_boot = importlib.util.module_from_spec(spec)
spec.loader.exec_module(first_boot)
first_boot.boot_folder = lambda: boot
getattr(first_boot, name)()
`

describe('first-boot.py', () => {
  let boot: string
  beforeEach(async () => {
    boot = await mkdtemp(join(tmpdir(), 'bramble-first-boot-'))
  })
  afterEach(() => rm(boot, { recursive: true }))

  const call = (name: string) => must(['python3', '-c', driver, script, boot, name])
  const text = (name: string) => readFile(join(boot, name), 'utf8')

  it('writes over the secrets where they lie and leaves the calm files', async () => {
    await mkdir(join(boot, 'bramble'))
    await writeFile(join(boot, 'user-data'), `#cloud-config\nssh_keys: ${'secret'.repeat(100)}\n`)
    await writeFile(join(boot, 'network-config'), 'short')
    await writeFile(join(boot, 'config.txt'), 'as it was')
    await writeFile(join(boot, 'bramble', 'user-data'), '#cloud-config\nhostname: "pi-1"\n')
    await writeFile(join(boot, 'bramble', 'network-config'), 'version: 2\nethernets: {}\n')
    await writeFile(join(boot, 'bramble', 'first-boot.json'), 'secret')
    const file = await open(join(boot, 'bramble', 'first-boot.json'))
    try {
      await call('wipe_secrets')
      // Still open here: what lies where it lay.
      expect((await file.readFile()).toString()).toBe('\n'.repeat(6))
    } finally {
      await file.close()
    }
    expect(await readdir(boot)).toEqual(['config.txt', 'network-config', 'user-data'])
    expect(await text('user-data')).toMatch(/^#cloud-config\nhostname: "pi-1"\n\n*$/)
    expect(await text('user-data')).toHaveLength(`#cloud-config\nssh_keys: ${'secret'.repeat(100)}\n`.length)
    expect(await text('network-config')).toBe('version: 2\nethernets: {}\n')
    expect(await text('config.txt')).toBe('as it was')
    await call('wipe_secrets')
    expect(await text('network-config')).toBe('version: 2\nethernets: {}\n')
  })

  it('takes its own words from the command line of the kernel, and no other', async () => {
    const own = 'systemd.run=/boot/firmware/bramble/first-boot.py systemd.run_success_action=reboot'
    const line = `root=/dev/x ${own} systemd.unit=kernel-command-line.target quiet\n`
    await writeFile(join(boot, 'cmdline.txt'), line)
    await call('mend_command_line')
    // As long as before, so that it stays in its place.
    expect(await text('cmdline.txt')).toBe(`${'root=/dev/x quiet'.padEnd(line.length - 1)}\n`)
  })
})
