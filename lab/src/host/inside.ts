/** Commands in another system than this one. They get that system's PATH: this process's may name programs one by one. */

export const systemPath = ['/usr/bin/env', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']

/** In the system below a folder. */
export const inside = (root: string, ...argv: readonly string[]): string[] => ['chroot', root, ...systemPath, ...argv]
