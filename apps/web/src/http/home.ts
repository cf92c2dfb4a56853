import { hostname } from 'node:os'
import type { Home } from './origin.ts'

/** The names this machine answers to. */
export function home(): Home {
  const name = hostname().toLowerCase()
  const short = name.split('.')[0] ?? name
  return { names: [...new Set([name, short, `${short}.local`])].filter(Boolean), url: process.env.BRAMBLE_URL }
}
