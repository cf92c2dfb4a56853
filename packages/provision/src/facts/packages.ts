/** Facts about Debian packages. */
import type { Fact } from '../core/types.ts'

/** By package name: dpkg's version when properly installed, apt's candidate when lists are there. */
export type PackageStates = Record<string, { installed: string | null; candidate: string | null }>

export function packageStates(names: readonly string[]): Fact<PackageStates> {
  return {
    key: `packages ${names.join(' ')}`,
    query: { kind: 'packages', names },
    read: (answer) => answer as PackageStates,
  }
}
