import { describe, expect, it } from 'vitest'
import { targetOf } from '../network/gateway.ts'
import { copyOf, layoutOf, nodeLayout, publishedPorts } from './layout.ts'

describe('names and addresses', () => {
  it('gives every lab and node its own', () => {
    const names = new Set<string>()
    for (const id of [0, 1, 16, 255])
      for (const number of [1, 2, 16, 50]) {
        const { mac, address, namespace, cgroup, disk, console: log } = nodeLayout(layoutOf(id), number)
        for (const name of [mac, address, namespace, cgroup, disk, log]) names.add(name)
      }
    expect(names.size).toBe(4 * 4 * 6)
  })

  it('puts pi-1 of lab 7 where the design says', () => {
    expect(layoutOf(7)).toMatchObject({ bridgeAddress: '198.18.7.1', vip: '198.18.7.100' })
    expect(nodeLayout(layoutOf(7), 1)).toMatchObject({ name: 'pi-1', address: '198.18.7.11', mac: 'dc:a6:32:00:07:01' })
    expect(publishedPorts(layoutOf(7)).map(({ port }) => port)).toEqual([18150, 15070, 15071])
  })

  it.each([-1, 256, 999, 1256, 0.5, Number.NaN])('refuses lab number %s', (id) => {
    expect(() => layoutOf(id)).toThrow(/integer from 0 to 255/)
  })

  it('gives copies the same addresses, and everything else their own', () => {
    const [one, other] = [layoutOf(copyOf(7)), layoutOf(copyOf(255))]
    expect([other.subnet, other.vip, other.name]).toEqual([one.subnet, one.vip, one.name])
    expect(nodeLayout(other, 1)).toMatchObject({ address: nodeLayout(one, 1).address, mac: nodeLayout(one, 1).mac })
    const own = [layoutOf(7), one, other].flatMap((of) => [
      of.state,
      of.runtime,
      of.namespace,
      nodeLayout(of, 1).cgroup,
    ])
    expect(new Set(own).size).toBe(12)
    const ids = Array.from({ length: 256 }, (_, id) => id)
    const ports = [...ids, ...ids.map(copyOf)].flatMap((id) => publishedPorts(layoutOf(id)).map(({ port }) => port))
    expect(new Set(ports).size).toBe(512 * 3)
    // Above it, this machine takes ports for connections of its own.
    expect(Math.max(...ports)).toBeLessThan(32_768)
  })

  it('keeps interface names within 15 bytes', () => {
    expect(nodeLayout(layoutOf(255), 50).port.length).toBeLessThanOrEqual(15)
  })
})

describe('the gateway', () => {
  const layout = layoutOf(3)
  it('opens addresses of its own lab', () => {
    expect(targetOf(layout, '198.18.3.11:22')).toEqual({ host: '198.18.3.11', port: 22 })
  })
  it.each([
    '198.18.4.11:22',
    '198.18.3.11',
    '198.18.3.11:0',
    '198.18.3.11:70000',
    '198.18.3.0:22',
    '198.18.3.1:3142',
    '198.18.3.255:22',
    '127.0.0.1:22',
    '198.18.3.11.example:22',
    'x198.18.3.11:22',
    '[::1]:22',
    '',
  ])('refuses %s', (url) => {
    expect(targetOf(layout, url)).toBeNull()
  })
})
