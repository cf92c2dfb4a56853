/** What the build really serves: nothing of it may be missing in the table. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../src/supervisor/checkout.ts'

const server = path.join(root, 'apps/web/.next/server')

const read = <T>(name: string) => JSON.parse(readFileSync(path.join(server, name), 'utf8')) as T

export interface BuiltAction {
  id: string
  name: string
  /** Below `apps/web/src`. */
  file: string
  /** Addresses of pages that carry it, parameters in brackets. */
  pages: string[]
}

export function builtActions(): BuiltAction[] {
  type Entry = { filename: string; exportedName: string; workers: Record<string, unknown> }
  const { node } = read<{ node: Record<string, Entry> }>('server-reference-manifest.json')
  return Object.entries(node).map(([id, { filename, exportedName, workers }]) => ({
    id,
    name: exportedName,
    file: filename.replace(/^.*?src\/(?=(app|features)\/)/, ''),
    pages: Object.keys(workers)
      .filter((worker) => worker.endsWith('/page') && !worker.includes('/_'))
      .map(addressOf)
      .sort(),
  }))
}

/** Addresses of all pages and routes, but the framework's own and the pictures beside the code, which are public files. */
export function builtAddresses(): { pages: string[]; routes: string[] } {
  const keys = Object.keys(read<Record<string, string>>('app-paths-manifest.json')).filter((key) => !key.includes('/_'))
  const of = (kind: string) =>
    keys
      .filter((key) => key.endsWith(`/${kind}`) && !/\.(svg|png|ico)\/route$/.test(key))
      .map((key) => addressOf(`app${key}`))
  return { pages: of('page').sort(), routes: of('route').sort() }
}

function addressOf(worker: string): string {
  const folders = worker.split('/').slice(1, -1)
  return `/${folders.filter((folder) => !/^\(.*\)$/.test(folder)).join('/')}`
}
