/** Memory of a process with all that it started, by the kernel's word. */
import { readdirSync, readFileSync } from 'node:fs'

/** Resident megabytes (shared pages counted in each); a dash when it does not run. */
export function residentMegabytes(pid: number | null): string {
  if (pid === null) return '-'
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = /^PPid:\s+(\d+)/m.exec(statusOf(Number(entry)))?.[1]
    if (parent) parents.set(Number(entry), Number(parent))
  }
  const family = new Set([pid])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child)
  }
  const kilobytes = [...family].map((one) => Number(/^VmRSS:\s+(\d+)/m.exec(statusOf(one))?.[1] ?? 0))
  return `${(kilobytes.reduce((sum, one) => sum + one, 0) / 1000).toFixed(0)} MB`
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
