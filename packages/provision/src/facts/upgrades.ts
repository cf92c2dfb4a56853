/** Packages that apt would bring up to date, by its lists as they are on the node. Takes no lock, changes nothing. */

import { command } from '../engine/command.ts'
import type { Fact } from '../engine/types.ts'

export interface Upgrade {
  name: string
  from: string
  to: string
}

const asked = command(
  [
    ...['apt-get', '--simulate', '-o', 'Debug::NoLocking=1', '-o', 'APT::Get::Show-User-Simulation-Note=0'],
    ...['--with-new-pkgs', 'upgrade'],
  ],
  { timeout: 80 },
)

/** Null: apt cannot tell, most often because an installation was broken off. */
export const pendingUpgrades: Fact<Upgrade[] | null> = {
  key: asked.key,
  query: asked.query,
  read(answer) {
    const { code, stdout } = asked.read(answer)
    return code === 0 ? readUpgrades(stdout) : null
  },
}

/** `Inst libc6 [2.41-12] (2.41-13 Debian:13.2/stable [arm64])`; without the brackets the package is a new one. */
export function readUpgrades(text: string): Upgrade[] {
  return text.split('\n').flatMap((line) => {
    const [, name, from, to] = /^Inst (\S+) \[([^\]]+)\] \((\S+)/.exec(line) ?? []
    return name && from && to ? [{ name, from, to }] : []
  })
}
