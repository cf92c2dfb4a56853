import { describe, expect, it } from 'vitest'
import { readUpgrades } from './upgrades.ts'

describe('readUpgrades', () => {
  it('reads what apt would bring up to date, and leaves out what it would add', () => {
    const text = `Reading package lists...
Inst libssl3t64 [3.5.1-1] (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])
Inst linux-image-6.12.57+deb13-amd64 (6.12.57-1 Debian:13.2/stable [amd64])
Inst python3.13 [3.13.5-2] (3.13.5-2+deb13u1 Debian:13.2/stable [amd64]) []
Conf libssl3t64 (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])`
    expect(readUpgrades(text)).toEqual([
      { name: 'libssl3t64', from: '3.5.1-1', to: '3.5.4-1~deb13u1' },
      { name: 'python3.13', from: '3.13.5-2', to: '3.13.5-2+deb13u1' },
    ])
  })

  it('finds nothing when there is nothing', () => expect(readUpgrades('Reading package lists...\n')).toEqual([]))
})
