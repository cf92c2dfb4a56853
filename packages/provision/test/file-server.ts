/** A web server on loopback that serves one file and misbehaves on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export class FileServer {
  content: Buffer = Buffer.alloc(0)
  /** Null: the server names no validator at all. */
  etag: string | null = '"first"'
  /** False: answers every request with the whole file. */
  ranges = true
  /** False: the answer carries no Content-Length. */
  tellsLength = true
  /** The next answers break off, or stall, after so many bytes; one entry for each answer. */
  faults: { after: number; kind: 'cut' | 'stall' }[] = []
  /** The next answers have these states and nothing else. */
  states: number[] = []
  /** Other files, by path. */
  readonly others = new Map<string, string>()
  /** Every request for the file. */
  readonly requests: { range: string | null; answered: number; sent: number }[] = []
  readonly #server: Server
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start(path = '/image.img.xz'): Promise<FileServer> {
    const server = new FileServer(path)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return this.origin + this.#path
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const other = this.others.get(request.url ?? '')
    if (other?.startsWith('/') || other?.startsWith('http:'))
      return void response.writeHead(302, { location: other }).end()
    if (other !== undefined) return void response.end(other)
    if (request.url !== this.#path) return void response.writeHead(404).end()
    const { range: asked = '', 'if-range': condition } = request.headers
    const range = this.ranges && condition === this.etag ? /^bytes=(\d+)-$/.exec(asked) : null
    const from = Number(range?.[1] ?? 0)
    const past = range !== null && from >= this.content.length
    const status = this.states.shift() ?? (past ? 416 : range ? 206 : 200)
    const seen = { range: request.headers.range ?? null, answered: status, sent: 0 }
    this.requests.push(seen)
    const total = this.content.length
    if (status === 416) return void response.writeHead(416, { 'content-range': `bytes */${total}` }).end()
    if (status !== 200 && status !== 206) return void response.writeHead(status).end()
    response.writeHead(status, {
      ...(this.etag ? { etag: this.etag } : {}),
      ...(this.tellsLength ? { 'content-length': total - from } : {}),
      ...(range ? { 'content-range': `bytes ${from}-${total - 1}/${total}` } : {}),
    })
    const fault = this.faults.shift()
    const body = this.content.subarray(from, fault ? from + fault.after : total)
    seen.sent = body.length
    if (!fault) return void response.end(body)
    response.write(body, () => {
      if (fault.kind === 'cut') response.destroy()
    })
  }
}
