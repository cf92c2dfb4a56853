import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { resolveMdns } from './mdns.ts'

let responder: Socket | null = null
afterEach(() => {
  responder?.close()
  responder = null
})

/** Answers each question with what `answer` makes of it. */
async function respond(answer: (question: Buffer, count: number) => Buffer | null) {
  responder = createSocket('udp4')
  let count = 0
  responder.on('message', (question, from) => {
    const reply = answer(question, count++)
    if (reply) responder?.send(reply, from.port, from.address)
  })
  responder.bind(0, '127.0.0.1')
  await once(responder, 'listening')
  return { address: '127.0.0.1', port: responder.address().port }
}

const header = (answers: number, questions = 0) => Buffer.from([0, 0, 0x84, 0, 0, questions, 0, answers, 0, 0, 0, 0])
const name = (...labels: string[]) =>
  Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])])
const tail = (type: number, data: readonly number[]) =>
  Buffer.from([0, type, 0x80, 1, 0, 0, 0, 120, 0, data.length, ...data])

describe('resolveMdns', () => {
  it('asks for the name and takes its addresses, also behind a pointer and among other records', async () => {
    const questions: Buffer[] = []
    const group = await respond((question) => {
      questions.push(question)
      const text = Buffer.from([16, ...Buffer.alloc(16, 1)].slice(0, 16))
      return Buffer.concat([
        header(4),
        name('PI-1', 'local'),
        tail(1, [192, 168, 1, 21]),
        // The name again, as a pointer to the first one.
        Buffer.from([0xc0, 12]),
        tail(28, [...text]),
        Buffer.from([0xc0, 12]),
        tail(1, [10, 0, 0, 7]),
        name('other', 'local'),
        tail(1, [10, 0, 0, 8]),
      ])
    })
    expect(await resolveMdns('pi-1', { group, timeout: 3000 })).toEqual(['192.168.1.21', '10.0.0.7'])
    expect(questions[0]?.subarray(12)).toEqual(Buffer.concat([name('pi-1', 'local'), Buffer.from([0, 1, 0x80, 1])]))
  })

  it('asks again when the first question is lost, and skips the question in the answer', async () => {
    const group = await respond((question, count) =>
      count === 0
        ? null
        : Buffer.concat([header(1, 1), question.subarray(12), Buffer.from([0xc0, 12]), tail(1, [10, 0, 0, 9])]),
    )
    expect(await resolveMdns('pi-1.local', { group, timeout: 5000 })).toEqual(['10.0.0.9'])
  })

  it('has no answer when nobody knows it, and survives broken messages', async () => {
    const broken = [
      Buffer.alloc(0),
      Buffer.from([1]),
      header(9),
      Buffer.concat([header(1), Buffer.from([0xc0, 12]), tail(1, [10, 0, 0, 9])]),
      Buffer.concat([header(1), name('pi-2', 'local'), tail(1, [10, 0, 0, 9])]),
      Buffer.concat([header(1), name('pi-1', 'local'), tail(1, [10, 0])]),
    ]
    const group = await respond((_, count) => broken[count] ?? null)
    expect(await resolveMdns('pi-1', { group, timeout: 3500 })).toEqual([])
  })

  it('ends at the signal', async () => {
    const group = await respond(() => null)
    const started = performance.now()
    expect(await resolveMdns('pi-1', { group, timeout: 20_000, signal: AbortSignal.timeout(50) })).toEqual([])
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
