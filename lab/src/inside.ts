/** A command in the system below a folder. It gets that system's PATH: this process's may name programs one by one. */
export const inside = (root: string, ...argv: readonly string[]): string[] => [
  ...['chroot', root, '/usr/bin/env', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
  ...argv,
]
