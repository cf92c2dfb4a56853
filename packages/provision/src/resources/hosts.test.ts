import { describe, expect, it } from 'vitest'
import { hostsText } from './hosts.ts'

const entries = [
  { address: '192.0.2.11', name: 'pi-1' },
  { address: '192.0.2.12', name: 'pi-2' },
]

describe('hostsText', () => {
  it('adds the nodes to what is there, and a second pass changes nothing', () => {
    const once = hostsText('127.0.0.1\tlocalhost\n192.168.1.9 printer\n', entries)
    expect(once).toContain('127.0.0.1\tlocalhost\n192.168.1.9 printer\n')
    expect(once).toContain('192.0.2.12\tpi-2\n')
    expect(hostsText(once, entries)).toBe(once)
  })

  it("drops another line that claims a node's name, such as Debian's 127.0.1.1, and keeps the others", () => {
    const text = hostsText('127.0.0.1 localhost\n127.0.1.1 pi-1.lan pi-1\n127.0.1.1 raspberrypi\n', entries)
    expect(text).not.toContain('127.0.1.1 pi-1')
    expect(text).toContain('127.0.1.1 raspberrypi')
  })

  it('moves and forgets nodes', () => {
    const text = hostsText(hostsText('127.0.0.1 localhost\n', entries), [{ address: '192.0.2.21', name: 'pi-1' }])
    expect(text).toContain('192.0.2.21\tpi-1')
    expect(text).not.toMatch(/192\.0\.2\.1[12]/)
  })

  it('gives an empty file a localhost, and leaves names that only look alike', () => {
    expect(hostsText('', entries)).toMatch(/^127\.0\.0\.1\tlocalhost\n/)
    expect(hostsText('192.168.1.5 pi-10\n', entries)).toContain('192.168.1.5 pi-10')
  })
})
