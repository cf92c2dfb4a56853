import { isOnPath, run } from '@bramble/process'
import { expect, test } from 'vitest'
import { packagesOf } from '../supervisor/apt.ts'
import { parseStatus, withDependencies } from './declared-path.ts'
import { toolsOf } from './suite-tools.ts'

const status = `Package: dash
Essential: yes
Status: install ok installed
Depends: debianutils (>= 5.6-0.1)

Package: debianutils
Status: install ok installed
Priority: optional

Package: chromium
Status: install ok installed
Pre-Depends: dpkg (>= 1.15)
Depends: libc6:amd64 (>= 2.34), x-www | xdg-utils, fonts-any
Priority: optional

Package: xdg-utils
Status: install ok installed

Package: fonts-dejavu
Provides: fonts-any (= 1), fonts-other
Status: install ok installed

Package: wrk
Status: install ok installed

Package: redis-server
Status: deinstall ok config-files
`

test('a minimal Debian, what is wanted and what that depends on; alternatives and provided names count', () => {
  const packages = parseStatus(status)
  expect(packages.map(({ name }) => name)).not.toContain('redis-server')
  expect([...withDependencies(packages, [])].sort()).toEqual(['dash', 'debianutils'])
  expect([...withDependencies(packages, ['chromium'])].sort()).toEqual(
    ['chromium', 'dash', 'debianutils', 'fonts-dejavu', 'xdg-utils'].sort(),
  )
})

test('a program that another release has in another package is declared with both', () => {
  const tools = { 'qemu-storage-daemon': 'qemu-system-common qemu-utils', fusermount3: 'fuse3' }
  expect(packagesOf(tools)).toEqual(['qemu-system-common', 'qemu-utils', 'fuse3'])
})

test.skipIf(process.platform !== 'linux')(
  'this suite finds what it declares on its PATH, and not what others declare',
  async () => {
    const debian = await isOnPath('dpkg')
    for (const program of Object.keys(toolsOf(['unit'])))
      expect([program, await isOnPath(program)]).toEqual([program, true])
    const foreign = Object.keys(toolsOf(['browser'])).filter((program) => program === 'chromium')
    expect(foreign).toEqual(['chromium'])
    if (debian) await expect(run(['chromium', '--version'])).rejects.toThrow(/could not be started/)
  },
)
