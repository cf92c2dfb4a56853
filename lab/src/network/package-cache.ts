/**
 * A caching HTTP proxy for apt, and a caching mirror of the npm registry on the same port. Archives and by-hash files never change,
 * so they are kept for ever; the rest is asked for again, and served as it was when the network is gone. One fetch at a time
 * for one address, however many nodes ask.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import * as http from 'node:http'
import * as https from 'node:https'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface PackageCacheOptions {
  /** Path of a Unix socket, or an address; port 0 picks a free one. */
  listen: string | { host: string; port: number }
  /** Folder of the archive; created when missing. Several caches may share it. */
  dir: string
  /** `host` or `host:port`; a request for any other host is refused with 403. */
  allowedHosts: readonly string[]
  /** Those of `allowedHosts` that are fetched over https although the node asks for http. */
  secureHosts?: readonly string[]
  /** The npm registry that is mirrored at `/`; null: requests for paths are refused. */
  registry?: URL | null
  /** HTTP proxy through which plain http is fetched. */
  upstreamProxy?: URL | null
  /** Milliseconds for which an index that was just asked for is served without asking again; default 30 000. */
  freshFor?: number
  /** Milliseconds without a byte after which a fetch is given up; default 30 000. */
  patience?: number
  onLine?: (line: string) => void
}

export interface PackageCache {
  /** Port when listening on an address, else null. */
  port: number | null
  close(): Promise<void>
}

/** What is known of a stored file; stored beside it as JSON, after it, so that a torn store is never served. */
interface Entry {
  url: string
  size: number
  type: string
  modified: string | null
  etag: string | null
}

type Fetched = { entry: Entry; path: string } | { status: number; reason: string }

/** Starts the proxy. GET and HEAD only; ranges and queries are not served. Unreachable and unknown: 504 in words. */
export async function startPackageCache(options: PackageCacheOptions): Promise<PackageCache> {
  const { dir, freshFor = 30_000, patience = 30_000, registry = null, onLine = () => {} } = options
  await mkdir(dir, { recursive: true })
  const flights = new Map<string, Promise<Fetched>>()
  const checked = new Map<string, number>()
  const agents = { http: new http.Agent({ keepAlive: true, maxSockets: 8 }), https: new https.Agent({ maxSockets: 8 }) }

  async function find(url: URL, accept: string | undefined): Promise<Fetched> {
    const path = storePath(dir, url, accept)
    const stored = await readEntry(path)
    const fresh = Date.now() - (checked.get(path) ?? 0) < freshFor
    if (stored && (isImmutable(url) || fresh)) return { entry: stored, path }
    const flying = flights.get(path)
    if (flying) return flying
    const flight = fetchInto(url, path, stored, accept).finally(() => flights.delete(path))
    flights.set(path, flight)
    return flight
  }

  async function fetchInto(url: URL, path: string, stored: Entry | null, accept?: string): Promise<Fetched> {
    try {
      const response = await request(url, stored, accept)
      const status = response.statusCode ?? 0
      if (status === 304 && stored) {
        response.resume()
        checked.set(path, Date.now())
        return { entry: stored, path }
      }
      if (status !== 200) {
        response.resume()
        if (stored && status >= 500) return { entry: stored, path }
        return { status: status >= 400 ? status : 502, reason: `The mirror responded with ${status}.` }
      }
      const entry = await store(url, path, response)
      checked.set(path, Date.now())
      onLine(`fetched ${url.href} (${entry.size} bytes)`)
      return { entry, path }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      onLine(`${stored ? 'served from the cache, unreachable' : 'unreachable'}: ${url.href}: ${reason}`)
      if (stored) return { entry: stored, path }
      return { status: 504, reason: `${url.host} cannot be reached and ${url.pathname} was never fetched before.` }
    }
  }

  async function request(url: URL, stored: Entry | null, accept?: string, hops = 3): Promise<http.IncomingMessage> {
    const headers: http.OutgoingHttpHeaders = { host: url.host, 'user-agent': 'bramble-package-cache' }
    if (accept) headers.accept = accept
    if (stored?.etag) headers['if-none-match'] = stored.etag
    if (stored?.modified) headers['if-modified-since'] = stored.modified
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const secure = url.protocol === 'https:' || (options.secureHosts?.includes(url.host) ?? false)
      const proxy = options.upstreamProxy
      const asked = secure
        ? https.request({ host: url.hostname, port: url.port || 443, path: url.pathname, headers, agent: agents.https })
        : proxy
          ? http.request({ host: proxy.hostname, port: proxy.port || 80, path: url.href, headers, agent: agents.http })
          : http.request({ host: url.hostname, port: url.port || 80, path: url.pathname, headers, agent: agents.http })
      asked.setTimeout(patience, () => asked.destroy(new Error(`no byte for ${patience / 1000} s`)))
      asked.once('response', resolve)
      asked.once('error', reject)
      asked.end()
    })
    const target = [301, 302, 307, 308].includes(response.statusCode ?? 0) ? response.headers.location : undefined
    if (!target) return response
    response.resume()
    const next = new URL(target, url)
    if (hops === 0 || !(options.allowedHosts.includes(next.host) || next.host === registry?.host))
      throw new Error(`redirected to ${next.host}, which is not one of this machine's mirrors`)
    return request(next, stored, accept, hops - 1)
  }

  const server = http.createServer((message, response) => {
    serve(message, response).catch((error: Error) => {
      onLine(`failed: ${message.url}: ${error.message}`)
      response.destroy()
    })
  })

  async function serve(message: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (message.method !== 'GET' && message.method !== 'HEAD')
      return refuse(response, 405, 'This package cache accepts GET and HEAD only.')
    const ofRegistry = registry && registryUrl(registry, message.url ?? '')
    if (ofRegistry) return serveFound(message, response, await find(ofRegistry, message.headers.accept))
    const url = URL.canParse(message.url ?? '') ? new URL(message.url!) : null
    if (url?.protocol !== 'http:' || url.search || url.username || !options.allowedHosts.includes(url.host))
      return refuse(response, 403, 'This package cache downloads only from the apt mirrors of this machine.')
    return serveFound(message, response, await find(url, undefined))
  }

  async function serveFound(message: http.IncomingMessage, response: http.ServerResponse, found: Fetched) {
    if ('status' in found) return refuse(response, found.status, found.reason)
    const { entry } = found
    // A package's description says where its archives are: here.
    if (registry && entry.url.startsWith(registry.href) && /json/.test(entry.type)) {
      const text = await readFile(found.path, 'utf8')
      const own = text.replaceAll(registry.href, `http://${message.headers.host}/`)
      response.writeHead(200, { 'content-type': entry.type }).end(message.method === 'HEAD' ? '' : own)
      return
    }
    const headers: http.OutgoingHttpHeaders = { 'content-type': entry.type, 'content-length': entry.size }
    if (entry.modified) headers['last-modified'] = entry.modified
    if (entry.etag) headers.etag = entry.etag
    if (isUnchanged(message.headers, entry)) {
      delete headers['content-length']
      response.writeHead(304, headers).end()
    } else if (message.method === 'HEAD') response.writeHead(200, headers).end()
    else {
      response.writeHead(200, headers)
      await pipeline(createReadStream(found.path), response)
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (typeof options.listen === 'string') server.listen(options.listen, resolve)
    else server.listen(options.listen.port, options.listen.host, resolve)
  })
  const address = server.address()
  return {
    port: address && typeof address === 'object' ? address.port : null,
    close: () =>
      new Promise((resolve) => {
        agents.http.destroy()
        agents.https.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function isImmutable(url: URL): boolean {
  return /\.u?deb$/.test(url.pathname) || url.pathname.includes('/by-hash/') || /\/-\/.*\.tgz$/.test(url.pathname)
}

/** What a request for a path means at the registry; null: it is not one for a path, or leads elsewhere. */
function registryUrl(registry: URL, path: string): URL | null {
  if (!path.startsWith('/') || path.startsWith('//') || /[?#]/.test(path)) return null
  const url = new URL(`.${path}`, registry)
  return url.href.startsWith(registry.href) ? url : null
}

function isUnchanged(headers: http.IncomingHttpHeaders, entry: Entry): boolean {
  if (headers['if-none-match']) return headers['if-none-match'] === entry.etag
  const since = Date.parse(headers['if-modified-since'] ?? '')
  const modified = Date.parse(entry.modified ?? '')
  return modified <= since
}

function refuse(response: http.ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${reason}\n`)
}

/** The address is hashed, so that no path a node asks for can name a file of this machine. */
function storePath(dir: string, url: URL, accept = ''): string {
  const digest = createHash('sha256').update(`${url.host}${url.pathname}${accept}`).digest('hex')
  return join(dir, digest.slice(0, 2), digest)
}

async function readEntry(path: string): Promise<Entry | null> {
  try {
    const entry: Entry = JSON.parse(await readFile(`${path}.json`, 'utf8'))
    return (await stat(path)).size === entry.size ? entry : null
  } catch {
    return null
  }
}

async function store(url: URL, path: string, response: http.IncomingMessage): Promise<Entry> {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.${randomUUID()}.part`
  try {
    await pipeline(response, createWriteStream(part))
    const { size } = await stat(part)
    const promised = response.headers['content-length']
    if (promised !== undefined && Number(promised) !== size)
      throw new Error(`the mirror announced ${promised} bytes and sent ${size}`)
    const entry: Entry = {
      url: url.href,
      size,
      type: response.headers['content-type'] ?? 'application/octet-stream',
      modified: response.headers['last-modified'] ?? null,
      etag: response.headers.etag ?? null,
    }
    await unlink(`${path}.json`).catch(() => undefined)
    await rename(part, path)
    await writeFile(`${part}.json`, JSON.stringify(entry))
    await rename(`${part}.json`, `${path}.json`)
    return entry
  } finally {
    await rm(part, { force: true })
  }
}
