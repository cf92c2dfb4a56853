import { describe, expect, it } from 'vitest'
import { type BuildCandidate, buildNeed, chooseBuildNode } from './node.ts'

const candidate = (name: string, over: Partial<BuildCandidate> = {}): BuildCandidate => ({
  ...{ name, architecture: 'arm64', debian: 'trixie', memoryMB: 600, diskMB: 10_000, primary: false, clockError: 0 },
  ...over,
})
const need = { memoryMB: 384, diskMB: 700 }
const all = ['pi-1', 'pi-2', 'pi-3']

describe('the node that builds an app', () => {
  it('is the one with the most free memory, and not the primary', () => {
    const nodes = [
      candidate('pi-1', { memoryMB: 900, primary: true }),
      candidate('pi-2', { memoryMB: 600 }),
      candidate('pi-3', { memoryMB: 700 }),
    ]
    expect(chooseBuildNode(nodes, all, need)).toMatchObject({
      name: 'pi-3',
      limits: { memoryMB: 572, diskMB: 8_000, keepFreeMB: 500 },
    })
  })

  it('is the primary only when there is no other', () => {
    expect(chooseBuildNode([candidate('pi-1', { primary: true })], all, need).name).toBe('pi-1')
  })

  it('may be one that does not run the app, if it is of the same architecture', () => {
    const nodes = [
      candidate('pi-1'),
      candidate('pi-2', { memoryMB: 900 }),
      candidate('pi-3', { memoryMB: 950, architecture: 'armhf' }),
    ]
    expect(chooseBuildNode(nodes, ['pi-1'], need).name).toBe('pi-2')
  })

  it('has the right time: one whose clock is wrong is passed over, even if only the primary is left', () => {
    const nodes = [
      candidate('pi-1', { primary: true }),
      candidate('pi-2', { memoryMB: 900, clockError: -1_700_000_000 }),
      candidate('pi-3', { memoryMB: 900, clockError: 61 }),
    ]
    expect(chooseBuildNode(nodes, all, need).name).toBe('pi-1')
    expect(chooseBuildNode([...nodes, candidate('pi-4', { clockError: -60 })], all, need).name).toBe('pi-4')
  })

  it('has enough free space: a node with more memory and a full card is passed over', () => {
    const nodes = [candidate('pi-1', { memoryMB: 900, diskMB: 1_000 }), candidate('pi-2')]
    expect(chooseBuildNode(nodes, all, need).name).toBe('pi-2')
  })

  it.each<[string, BuildCandidate[], string, RegExp]>([
    ['no node answers', [], 'build-no-node', /cannot be built/],
    [
      'its nodes differ',
      [candidate('pi-1'), candidate('pi-2', { debian: 'bookworm' })],
      'build-architecture',
      /pi-1 \(arm64, trixie\); pi-2 \(arm64, bookworm\)/,
    ],
    [
      'no node has the memory',
      [candidate('pi-1', { memoryMB: 511 })],
      'build-memory',
      /needs 512 MB .* pi-1 has 511 MB/,
    ],
    [
      'all clocks are wrong',
      [candidate('pi-1', { clockError: -172_900 }), candidate('pi-2', { clockError: 90 })],
      'build-clock',
      /the clock of pi-1 is 2 days behind, the clock of pi-2 is 90 s ahead/,
    ],
    [
      'no node has the space',
      [candidate('pi-1', { diskMB: 1_199 })],
      'build-disk',
      /needs 1200 MB .* pi-1 has 1199 MB/,
    ],
  ])('is refused with what to do when %s', (_, nodes, code, message) => {
    try {
      chooseBuildNode(nodes, all, need)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message),
        cure: expect.stringMatching(/\w{4}/),
      })
    }
  })
})

it('a build needs more space when its source is larger', () => {
  expect(buildNeed('node', 100_000_000)).toEqual({ memoryMB: 384, diskMB: 900 })
  expect(buildNeed('procfile', 0)).toEqual({ memoryMB: 128, diskMB: 500 })
})
