import { describe, expect, it } from 'vitest'
import { freeName, readAddresses } from './addresses.ts'

const addresses = (text: string) => readAddresses(text).nodes.map((node) => node.address)

describe('pasted addresses', () => {
  it.each([
    ['192.168.1.21', ['192.168.1.21']],
    ['192.168.1.21\n192.168.1.22\r\n\n', ['192.168.1.21', '192.168.1.22']],
    ['192.168.1.21, .22; .23', ['192.168.1.21', '192.168.1.22', '192.168.1.23']],
    ['192.168.1.21-23', ['192.168.1.21', '192.168.1.22', '192.168.1.23']],
    ['10.0.0.254-10.0.1.1', ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']],
    ['192.168.1.21 192.168.1.22', ['192.168.1.21', '192.168.1.22']],
    ['192.168.1.21 192.168.1.21', ['192.168.1.21']],
    ['# the shelf\n192.168.1.21 # top', ['192.168.1.21']],
  ])('%j', (text, expected) => {
    expect(addresses(text)).toEqual(expected)
    expect(readAddresses(text).problems).toEqual([])
  })

  it('takes names beside them, either way round', () => {
    expect(readAddresses('leader 192.168.1.21\n192.168.1.22 Minion-1').nodes).toEqual([
      { name: 'leader', address: '192.168.1.21' },
      { name: 'minion-1', address: '192.168.1.22' },
    ])
  })

  it.each(['192.168.1', '192.168.1.300', '127.0.0.1', '192.168.1.24-21', '192.168.1.21-255', '.21', '$(id)', 'leader'])(
    'says what is wrong with %s',
    (text) => {
      const { nodes, problems } = readAddresses(text)
      expect(nodes).toEqual([])
      expect(problems).toHaveLength(1)
    },
  )

  it('stops at 32', () => {
    const { nodes, problems } = readAddresses('10.0.0.1-30\n10.0.1.1-30')
    expect(nodes).toHaveLength(32)
    expect(problems[0]).toMatch(/60 addresses/)
  })
})

it('names the next Pi', () => expect(freeName(['pi-1', 'leader', 'pi-3'])).toBe('pi-2'))
