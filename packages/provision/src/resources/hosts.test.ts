import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HostsWanted, hostsText } from './hosts.ts'

const wanted: HostsWanted = {
  own: 'pi-1',
  entries: [
    { address: '192.0.2.11', name: 'pi-1' },
    { address: '192.0.2.12', name: 'pi-2' },
  ],
}
const after = (text: string, over: Partial<HostsWanted> = {}) =>
  hostsText(Buffer.from(text, 'latin1'), { ...wanted, ...over }).toString('latin1')

describe('hostsText', () => {
  it('adds the nodes to what is there, and a second pass changes nothing', () => {
    const once = after('127.0.0.1\tlocalhost\n192.168.1.9 printer\n')
    expect(once).toContain('127.0.0.1\tlocalhost\n192.168.1.9 printer\n')
    expect(once).toContain('192.0.2.12\tpi-2\n')
    expect(after(once)).toBe(once)
  })

  it('keeps every byte of a file in any encoding, whatever its size', () => {
    const line = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) })
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map((text) => `# ${text.replaceAll('\n', ' ')}\n`).join('')
        const once = after(text)
        expect(once.startsWith(text)).toBe(true)
        expect(after(once)).toBe(once)
      }),
    )
  })

  it('leaves the line by which cloud-init and Debian name the Pi itself, and comes before it', () => {
    const text = after('127.0.0.1 localhost\n127.0.1.1 pi-1.lan pi-1\n')
    expect(text).toContain('127.0.1.1 pi-1.lan pi-1\n')
    expect(text.indexOf('192.0.2.11')).toBeLessThan(text.indexOf('127.0.1.1'))
    // It adds the line again at each boot, at the end: that is no drift.
    const booted = `${after('127.0.0.1 localhost\n')}127.0.1.1 pi-1 pi-1\n`
    expect(after(booted)).toBe(booted)
  })

  it("comments a line out that gives a node's name to another machine, and keeps its other names", () => {
    const text = after('127.0.0.1 localhost\n192.168.1.5 nas pi-2 # old\n127.0.1.1 raspberrypi\n')
    expect(text).toContain('# Bramble: a name of the cluster was on this line: 192.168.1.5 nas pi-2 # old\n')
    expect(text).toMatch(/^192\.168\.1\.5\tnas$/m)
    expect(text).toContain('127.0.1.1 raspberrypi')
    expect(after(text)).toBe(text)
  })

  it('moves and forgets nodes', () => {
    const text = after(after('127.0.0.1 localhost\n'), { entries: [{ address: '192.0.2.21', name: 'pi-1' }] })
    expect(text).toContain('192.0.2.21\tpi-1')
    expect(text).not.toMatch(/192\.0\.2\.1[12]/)
  })

  it('gives an empty file a localhost, and leaves names that only look alike', () => {
    expect(after('')).toMatch(/^127\.0\.0\.1\tlocalhost$/m)
    expect(after('192.168.1.5 pi-10\n')).toContain('192.168.1.5 pi-10')
  })
})
