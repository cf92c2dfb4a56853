import { describe, expect, it } from 'vitest'
import { parseHierarchies } from '../nodes/cgroups.ts'
import { meminfo } from '../nodes/meminfo.ts'
import { mirrorsFrom } from './machine.ts'

describe('mirrorsFrom', () => {
  it('takes hosts, schemes and proxy from what apt says', () => {
    const mirrors = mirrorsFrom(
      ['http://mirror.example/debian/', 'https://secure.example:8443/debian-security/', 'file:/media/cdrom/', ''],
      'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::Check-Date "false";\n',
      'https://registry.example/npm',
    )
    expect(mirrors.registry?.href).toBe('https://registry.example/npm/')
    expect(mirrors.hosts).toEqual(['mirror.example', 'secure.example:8443'])
    expect(mirrors.secureHosts).toEqual(['secure.example:8443'])
    expect(mirrors.debian?.href).toBe('http://mirror.example/debian/')
    expect(mirrors.security?.host).toBe('secure.example:8443')
    expect(mirrors.proxy?.host).toBe('proxy.example:3128')
    expect(mirrors.options).toEqual(['Acquire::Check-Date "false";'])
  })

  it('knows no mirror when apt knows none', () => {
    expect(mirrorsFrom([''], '')).toMatchObject({
      debian: null,
      security: null,
      hosts: [],
      proxy: null,
      options: [],
      registry: null,
    })
  })
})

describe('parseHierarchies', () => {
  it('reads a machine with version 1 and 2 beside each other', () => {
    const found = parseHierarchies(
      'tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\nproc /proc proc rw 0 0\n',
    )
    expect(found.map(({ mount, version }) => [mount, version])).toEqual([
      ['/sys/fs/cgroup/memory', 1],
      ['/sys/fs/cgroup/unified', 2],
    ])
    expect(found[0]?.controllers).toContain('memory')
  })
})

describe('meminfo', () => {
  it('shows the limit, and what could be freed as available', () => {
    const text = meminfo(1024 ** 3, { used: 600 * 1024 ** 2, cache: 300 * 1024 ** 2, reclaimable: 200 * 1024 ** 2 })
    const kB = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
    expect([kB('MemTotal'), kB('MemFree'), kB('MemAvailable')]).toEqual([1024 ** 2, 424 * 1024, 624 * 1024])
  })

  it('has one length, so that rewriting it in place leaves no tail', () => {
    const lengths = [0, 1024, 10 ** 9].map(
      (used) => meminfo(1024 ** 3, { used, cache: used, reclaimable: used / 2 }).length,
    )
    expect(new Set(lengths).size).toBe(1)
  })
})
