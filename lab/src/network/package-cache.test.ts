import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PackageCache, startPackageCache } from './package-cache.ts'

/** A real origin on loopback: counts what it is asked, answers what `pages` says. */
let origin: Server
let host: string
let asked: string[]
let pages: Record<
  string,
  { body: string; type?: string; modified?: string; status?: number; location?: string; promise?: number }
>
let dir: string
let cache: PackageCache

const old = 'Mon, 01 Jan 2024 00:00:00 GMT'

beforeEach(async () => {
  asked = []
  pages = {}
  origin = createServer((message, response) => {
    const page = pages[message.url ?? '']
    asked.push(`${message.url}${message.headers['if-modified-since'] ? ' if-modified' : ''}`)
    setTimeout(() => {
      if (!page) return response.writeHead(404).end('no such page')
      if (page.modified && page.modified === message.headers['if-modified-since']) return response.writeHead(304).end()
      response.writeHead(page.status ?? 200, {
        ...(page.modified ? { 'last-modified': page.modified } : {}),
        ...(page.type ? { 'content-type': page.type } : {}),
        ...(page.location ? { location: page.location } : {}),
        ...(page.promise ? { 'content-length': page.promise } : {}),
      })
      response.write(page.body)
      if (page.promise) return setTimeout(() => response.destroy(), 20)
      return response.end()
    }, 20)
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(origin.address() as AddressInfo).port}`
  dir = await mkdtemp(join(tmpdir(), 'bramble-cache-'))
  cache = await open()
})

afterEach(async () => {
  await cache.close()
  origin.closeAllConnections()
  origin.close()
  await rm(dir, { recursive: true, force: true })
})

function open(freshFor = 0): Promise<PackageCache> {
  return startPackageCache({
    listen: { host: '127.0.0.1', port: 0 },
    dir,
    allowedHosts: [host],
    freshFor,
    patience: 2_000,
  })
}

interface Reply {
  status: number
  body: string
  modified: string | undefined
}

function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: cache.port!, path: url, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body, modified: response.headers['last-modified'] }),
      )
    })
      .once('error', reject)
      .end()
  })
}

const closeOrigin = () =>
  new Promise((resolve) => {
    origin.closeAllConnections()
    origin.close(resolve)
  })

describe('the package cache', () => {
  it('fetches an archive once, even when many ask at the same time', async () => {
    pages['/pool/a_1.deb'] = { body: 'archive' }
    const replies = await Promise.all(Array.from({ length: 8 }, () => get(`http://${host}/pool/a_1.deb`)))
    expect(new Set(replies.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 archive']))
    await get(`http://${host}/pool/a_1.deb`)
    expect(asked).toEqual(['/pool/a_1.deb'])
  })

  it('asks for an index again, and takes the new one', async () => {
    pages['/dists/x/InRelease'] = { body: 'one', modified: old }
    expect((await get(`http://${host}/dists/x/InRelease`)).body).toBe('one')
    expect((await get(`http://${host}/dists/x/InRelease`)).body).toBe('one')
    pages['/dists/x/InRelease'] = { body: 'two', modified: 'Tue, 02 Jan 2024 00:00:00 GMT' }
    expect((await get(`http://${host}/dists/x/InRelease`)).body).toBe('two')
    expect(asked).toEqual(['/dists/x/InRelease', '/dists/x/InRelease if-modified', '/dists/x/InRelease if-modified'])
  })

  it('does not ask again within the time it is told to trust', async () => {
    await cache.close()
    cache = await open(60_000)
    pages['/dists/x/InRelease'] = { body: 'one', modified: old }
    for (let i = 0; i < 3; i++) await get(`http://${host}/dists/x/InRelease`)
    expect(asked).toHaveLength(1)
  })

  it('serves what it has when the network is gone, after a restart too, and says 504 to the rest', async () => {
    pages['/dists/x/InRelease'] = { body: 'index', modified: old }
    pages['/pool/a_1.deb'] = { body: 'archive' }
    await get(`http://${host}/dists/x/InRelease`)
    await get(`http://${host}/pool/a_1.deb`)
    await closeOrigin()
    await cache.close()
    cache = await open()
    expect(await get(`http://${host}/dists/x/InRelease`)).toMatchObject({ status: 200, body: 'index', modified: old })
    expect(await get(`http://${host}/pool/a_1.deb`)).toMatchObject({ status: 200, body: 'archive' })
    expect(await get(`http://${host}/pool/b_1.deb`)).toMatchObject({ status: 504 })
  })

  it('serves the kept index while the mirror fails', async () => {
    pages['/dists/x/InRelease'] = { body: 'index', modified: old }
    await get(`http://${host}/dists/x/InRelease`)
    pages['/dists/x/InRelease'] = { body: 'oops', status: 503 }
    expect(await get(`http://${host}/dists/x/InRelease`)).toMatchObject({ status: 200, body: 'index' })
  })

  it('passes a 404 on and asks again the next time', async () => {
    expect((await get(`http://${host}/pool/a_1.deb`)).status).toBe(404)
    pages['/pool/a_1.deb'] = { body: 'archive' }
    expect((await get(`http://${host}/pool/a_1.deb`)).status).toBe(200)
  })

  it('answers 304 to a node that has the index already', async () => {
    pages['/dists/x/InRelease'] = { body: 'index', modified: old }
    const { modified } = await get(`http://${host}/dists/x/InRelease`)
    const again = await get(`http://${host}/dists/x/InRelease`, { 'if-modified-since': modified ?? '' })
    expect(again).toMatchObject({ status: 304, body: '' })
  })

  it('keeps nothing of a transfer that broke off', async () => {
    pages['/pool/a_1.deb'] = { body: 'arch', promise: 7 }
    expect((await get(`http://${host}/pool/a_1.deb`)).status).toBe(504)
    const files = await readdir(dir, { recursive: true, withFileTypes: true })
    expect(files.filter((file) => file.isFile())).toEqual([])
    pages['/pool/a_1.deb'] = { body: 'archive' }
    expect((await get(`http://${host}/pool/a_1.deb`)).body).toBe('archive')
  })

  it('fetches only from the hosts it was given, also when redirected', async () => {
    pages['/pool/a_1.deb'] = { body: '', status: 302, location: 'http://127.0.0.1:9/elsewhere.deb' }
    expect((await get('http://127.0.0.1:9/pool/a_1.deb')).status).toBe(403)
    expect((await get(`http://${host}/pool/a_1.deb`)).body).not.toContain('archive')
    expect(asked).toEqual(['/pool/a_1.deb'])
  })

  it.each(['/etc/passwd', 'ftp://x/y', `http://user@HOST/a.deb`, `http://HOST/a.deb?b=c`, '*'])(
    'refuses %s',
    async (url) => {
      expect((await get(url.replace('HOST', host))).status).toBe(403)
      expect(asked).toEqual([])
    },
  )

  it('refuses to send anything', async () => {
    expect((await get(`http://${host}/pool/a_1.deb`, {}, 'PUT')).status).toBe(405)
  })

  describe('as a mirror of the npm registry', () => {
    beforeEach(async () => {
      await cache.close()
      cache = await startPackageCache({
        listen: { host: '127.0.0.1', port: 0 },
        dir,
        allowedHosts: [],
        registry: new URL(`http://${host}/npm/`),
        patience: 2_000,
      })
    })
    const own = () => `http://127.0.0.1:${cache.port}/`

    it('names itself where the archives of a package are, and keeps these for ever', async () => {
      pages['/npm/@a%2fb'] = {
        body: JSON.stringify({ tarball: `http://${host}/npm/@a/b/-/b-1.0.0.tgz` }),
        type: 'application/json',
      }
      pages['/npm/@a/b/-/b-1.0.0.tgz'] = { body: 'archive' }
      expect(JSON.parse((await get('/@a%2fb')).body)).toEqual({ tarball: `${own()}@a/b/-/b-1.0.0.tgz` })
      for (const _ of [1, 2]) expect((await get('/@a/b/-/b-1.0.0.tgz')).body).toBe('archive')
      expect(asked).toEqual(['/npm/@a%2fb', '/npm/@a/b/-/b-1.0.0.tgz'])
    })

    it.each(['/../secret', '//elsewhere/x', '/a?b=c'])('refuses %s', async (path) => {
      expect((await get(path)).status).toBe(403)
      expect(asked).toEqual([])
    })
  })
})
