/** Entries of apps in a cluster file that a person wrote: what is changed is the entry, and comments stay. */
import { isMap, isScalar, isSeq, parseDocument, stringify, YAMLSeq } from 'yaml'
import type { AppKind } from './spec.ts'

export interface AppEntry {
  name: string
  /** Added to those that it has. */
  domains: readonly string[]
  /** Written where the entry names none. */
  kind?: AppKind
  /** Replaces the one that it has. */
  image?: string
  /** Added to those that it has. */
  packages?: readonly string[]
  database?: boolean
}

/** The file with the entry added, or with what it lacks. The same text when nothing is to change. */
export function withAppEntry(text: string, wanted: AppEntry): string {
  const { name, domains, kind, image, packages = [], database } = wanted
  const document = parseDocument(text)
  const apps = document.get('apps')
  const entry = {
    ...{ name, ...(domains.length > 0 ? { domains } : {}), ...(kind ? { kind } : {}) },
    ...(image ? { image } : {}),
    ...(packages.length > 0 ? { packages } : {}),
    ...(database ? { database } : {}),
  }
  // What a person wrote stays as it is, letter for letter.
  if (apps === undefined && isMap(document.contents) && !document.contents.flow)
    return `${text.replace(/\n*$/, '\n')}${stringify({ apps: [entry] }, { lineWidth: 0 })}`
  const list = isSeq(apps) ? apps : new YAMLSeq()
  const found = list.items.find((item) => isMap(item) && item.get('name') === name)
  if (!isMap(found)) {
    list.add(document.createNode(entry))
    if (list !== apps) document.set('apps', list)
    return printed(document)
  }
  const longer = Object.entries({ domains, packages }).flatMap(([key, words]) => {
    const known = wordsOf(found.get(key))
    const missing = words.filter((word) => !known.includes(word))
    return missing.length > 0 ? [[key, [...known, ...missing]] as const] : []
  })
  const isSame =
    (found.has('kind') || !kind) &&
    (!image || found.get('image') === image) &&
    (!database || found.get('database') === true)
  if (longer.length === 0 && isSame) return text
  for (const [key, words] of longer) found.set(key, document.createNode(words, { flow: true }))
  if (kind && !found.has('kind')) found.set('kind', kind)
  if (image) found.set('image', image)
  if (database) found.set('database', true)
  return printed(document)
}

/** Where an app runs: on these nodes, on as many, or (`all`) on every web node. */
export type AppPlaces = { nodes: readonly string[] } | { count: number } | 'all'

/** The file with other nodes for the app. The same text when it has no such entry. */
export function withAppPlaces(text: string, name: string, places: AppPlaces): string {
  const document = parseDocument(text)
  const apps = document.get('apps')
  const found = isSeq(apps) ? apps.items.find((item) => isMap(item) && item.get('name') === name) : undefined
  if (!isMap(found)) return text
  found.delete('nodes')
  found.delete('count')
  if (places !== 'all' && 'nodes' in places) found.set('nodes', document.createNode(places.nodes, { flow: true }))
  if (places !== 'all' && 'count' in places) found.set('count', places.count)
  return printed(document)
}

const wordsOf = (list: unknown): string[] =>
  isSeq(list) ? list.items.map((item) => String(isScalar(item) ? item.value : item)) : []

/** The file without the entry. */
export function withoutAppEntry(text: string, name: string): string {
  const document = parseDocument(text)
  const apps = document.get('apps')
  if (!isSeq(apps)) return text
  const at = apps.items.findIndex((item) => isMap(item) && item.get('name') === name)
  if (at < 0) return text
  if (apps.items.length === 1) document.delete('apps')
  else apps.delete(at)
  return printed(document)
}

function printed(document: ReturnType<typeof parseDocument>): string {
  const { contents } = document
  // In braces: it may be JSON, which allows no other style.
  if (isMap(contents) && contents.flow) return `${JSON.stringify(document.toJS(), null, 2)}\n`
  return document.toString({ lineWidth: 0 })
}
