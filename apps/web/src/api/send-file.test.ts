import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendFile } from './send-file.ts'

let folder: string
let file: string
const content = randomBytes(700_000)
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-send-'))
  file = path.join(folder, 'os.img')
  await writeFile(file, content)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ask = (headers: Record<string, string> = {}, of = file) =>
  sendFile(of, new Request('http://localhost/', { headers }))
const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer())

it('sends the whole file, and the rest of it from an offset on', async () => {
  const whole = await ask()
  expect([whole.status, whole.headers.get('content-length')]).toEqual([200, '700000'])
  expect((await bytes(whole)).equals(content)).toBe(true)
  const etag = whole.headers.get('etag') ?? ''
  const rest = await ask({ range: 'bytes=300000-', 'if-range': etag })
  expect([rest.status, rest.headers.get('content-range')]).toEqual([206, 'bytes 300000-699999/700000'])
  expect((await bytes(rest)).equals(content.subarray(300_000))).toBe(true)
})

it('sends all of a file that changed meanwhile, and says when nothing is left', async () => {
  const changed = await ask({ range: 'bytes=300000-', 'if-range': '"other"' })
  expect([changed.status, (await bytes(changed)).length]).toEqual([200, content.length])
  const past = await ask({ range: 'bytes=700000-' })
  expect([past.status, past.headers.get('content-range')]).toEqual([416, 'bytes */700000'])
})

it('knows a file that is not there', async () => {
  expect((await ask({}, path.join(folder, 'none'))).status).toBe(404)
})
