/**
 * The inside of a card that QEMU cannot play: forged, which says it is larger than it is, or unreadable at a sector (QEMU 7.2
 * hangs up then). A server of the NBD protocol (fixed newstyle, simple replies) on a Unix socket. Source: NBD's doc/proto.md.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'

export interface ForgeryOptions {
  /** Where the bytes it really keeps are; `real` long. */
  file: string
  socket: string
  /** Bytes it says it has, and bytes it has. */
  size: number
  real: number
  beyond?: 'wraps' | 'forgets'
  /** A 512-byte sector that cannot be read. */
  unreadable?: number
}

export interface Forgery {
  close(): Promise<void>
}

export async function startForgery({
  file,
  size,
  real,
  socket,
  beyond = 'wraps',
  unreadable,
}: ForgeryOptions): Promise<Forgery> {
  const bytes = openSync(file, 'r+')
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    clients.add(client)
    client.on('error', () => client.destroy())
    client.on('close', () => clients.delete(client))
    serve(client, size, new Store(bytes, real, beyond), (unreadable ?? Number.POSITIVE_INFINITY) * 512).catch(() =>
      client.destroy(),
    )
  })
  await new Promise<void>((ready) => server.listen(socket, ready))
  return {
    async close() {
      for (const client of clients) client.destroy()
      await new Promise((closed) => server.close(closed))
      closeSync(bytes)
    },
  }
}

/** Synchronous: all threads of this process's pool may be waiting for this very card. */
class Store {
  readonly #bytes: number
  readonly #real: number
  readonly #beyond: 'wraps' | 'forgets'

  constructor(bytes: number, real: number, beyond: 'wraps' | 'forgets') {
    this.#bytes = bytes
    this.#real = real
    this.#beyond = beyond
  }

  read(offset: number, length: number): Buffer {
    const answer = Buffer.alloc(length)
    for (const { at, from, count } of this.#pieces(offset, length)) readSync(this.#bytes, answer, from, count, at)
    return answer
  }

  write(offset: number, data: Buffer): void {
    for (const { at, from, count } of this.#pieces(offset, data.length)) writeSync(this.#bytes, data, from, count, at)
  }

  /** The parts of a range that exist: `at` in the file, `from` in the range. */
  *#pieces(offset: number, length: number): Generator<{ at: number; from: number; count: number }> {
    for (let from = 0; from < length; ) {
      const at = (offset + from) % this.#real
      const count = Math.min(length - from, this.#real - at)
      if (offset + from < this.#real || this.#beyond === 'wraps') yield { at, from, count }
      from += count
    }
  }
}

const commands = { read: 0, write: 1, end: 2, flush: 3 }
const errno = { io: 5 }
const hasFlagsAndFlush = 0b101
const optionReply = 0x3e889045565a9n
const replies = { ack: 1, info: 3, unsupported: 0x80000001 }
const options = { exportName: 1, abort: 2, info: 6, go: 7 }

async function serve(client: Socket, size: number, store: Store, unreadable: number): Promise<void> {
  const inbox = new Inbox(client)
  client.write(Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), Buffer.from([0, 0b11])]))
  await inbox.take(4)
  if (!(await negotiate(client, inbox, size))) return void client.end()
  for (;;) {
    const request = await inbox.take(28)
    const command = request.readUInt16BE(6)
    const offset = Number(request.readBigUInt64BE(16))
    const length = request.readUInt32BE(24)
    if (command === commands.end) return void client.end()
    if (command === commands.write) store.write(offset, await inbox.take(length))
    const fails = command === commands.read && unreadable >= offset && unreadable < offset + length
    const answer = command === commands.read && !fails ? store.read(offset, length) : Buffer.alloc(0)
    const head = Buffer.alloc(16)
    head.writeUInt32BE(0x67446698)
    head.writeUInt32BE(fails ? errno.io : 0, 4)
    request.copy(head, 8, 8, 16)
    client.write(Buffer.concat([head, answer]))
  }
}

async function negotiate(client: Socket, inbox: Inbox, size: number): Promise<boolean> {
  const facts = Buffer.alloc(10)
  facts.writeBigUInt64BE(BigInt(size))
  facts.writeUInt16BE(hasFlagsAndFlush, 8)
  for (;;) {
    const head = await inbox.take(16)
    const option = head.readUInt32BE(8)
    await inbox.take(head.readUInt32BE(12))
    const reply = (kind: number, data = Buffer.alloc(0)) => {
      const answer = Buffer.alloc(20)
      answer.writeBigUInt64BE(optionReply)
      answer.writeUInt32BE(option, 8)
      answer.writeUInt32BE(kind, 12)
      answer.writeUInt32BE(data.length, 16)
      client.write(Buffer.concat([answer, data]))
    }
    if (option === options.exportName) {
      client.write(facts)
      return true
    }
    if (option === options.go || option === options.info) {
      reply(replies.info, Buffer.concat([Buffer.from([0, 0]), facts]))
      reply(replies.ack)
      if (option === options.go) return true
    } else if (option === options.abort) {
      reply(replies.ack)
      return false
    } else reply(replies.unsupported)
  }
}

/** A stream as a protocol reads it: so many bytes next. */
class Inbox {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(client: Socket) {
    this.#chunks = client[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [this.#held]
    let have = this.#held.length
    while (have < count) {
      const next = await this.#chunks.next()
      if (next.done) throw new Error('The connection was closed')
      parts.push(next.value)
      have += next.value.length
    }
    const all = Buffer.concat(parts)
    this.#held = all.subarray(count)
    return all.subarray(0, count)
  }
}
