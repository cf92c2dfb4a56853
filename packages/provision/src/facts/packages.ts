/** Facts about Debian packages. */
import { z } from 'zod'
import type { Fact } from '../engine/types.ts'

/** By package name: dpkg's version when properly installed, apt's candidate when lists are there. */
export type PackageStates = Record<string, { installed: string | null; candidate: string | null }>

const Version = z.string().max(300).nullable()
const Answer = z.record(z.string(), z.object({ installed: Version, candidate: Version }))

export function packageStates(names: readonly string[]): Fact<PackageStates> {
  return {
    key: `packages ${names.join(' ')}`,
    query: { kind: 'packages', names },
    read: (answer) => Answer.parse(answer),
  }
}
