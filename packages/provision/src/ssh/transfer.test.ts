import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { thisMachine } from '../../test/machine.ts'
import { fetchFile, sendFile } from './transfer.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-transfer-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

function file(size: number) {
  const content = randomBytes(size)
  const from = join(folder, 'source')
  writeFileSync(from, content)
  return { content, from, to: join(folder, 'node', 'app.tar'), digest: sha256(content) }
}

describe('a file to a node', () => {
  it.each([[0], [1], [4 * 1024 * 1024], [9_000_001]])(
    'of %i bytes arrives as it is, readable by root only',
    async (size) => {
      const { content, from, to, digest } = file(size)
      await sendFile(thisMachine, { from, to, digest })
      expect(readFileSync(to).equals(content)).toBe(true)
      expect(statSync(to).mode & 0o777).toBe(0o600)
      expect(readdirSync(join(folder, 'node'))).toEqual(['app.tar'])
    },
  )

  it('continues where an earlier attempt ended, and does not send a complete one again', async () => {
    const { content, from, to, digest } = file(9_000_000)
    const stop = new AbortController()
    await expect(
      sendFile(thisMachine, { from, to, digest, signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toThrow()
    expect(statSync(`${to}.part`).size).toBe(4 * 1024 * 1024)
    const parts: number[] = []
    await sendFile(thisMachine, { from, to, digest, onProgress: (sent) => parts.push(sent) })
    expect(parts).toEqual([8 * 1024 * 1024, 9_000_000])
    expect(readFileSync(to).equals(content)).toBe(true)
    await sendFile(thisMachine, { from, to, digest, onProgress: () => parts.push(0) })
    expect(parts).not.toContain(0)
  })

  it('starts over when what an earlier attempt left is of another file', async () => {
    const { content, from, to, digest } = file(5_000_000)
    await sendFile(thisMachine, { from, to, digest })
    rmSync(to)
    writeFileSync(`${to}.part`, randomBytes(1_000_000))
    await sendFile(thisMachine, { from, to, digest })
    expect(readFileSync(to).equals(content)).toBe(true)
  })

  it('is refused when its content is not what its digest says', async () => {
    const { from, to } = file(10)
    await expect(sendFile(thisMachine, { from, to, digest: 'a'.repeat(64) })).rejects.toMatchObject({
      code: 'transfer-damaged',
    })
    expect(readdirSync(join(folder, 'node'))).toEqual([])
  })
})

describe('a file from a node', () => {
  it('arrives with its digest', async () => {
    const { content, from, digest } = file(9_000_001)
    const to = join(folder, 'fetched')
    expect(await fetchFile(thisMachine, { from, to, most: 1e9 })).toEqual({ digest, bytes: 9_000_001 })
    expect(readFileSync(to).equals(content)).toBe(true)
  })

  it('is refused when it is too large, and nothing is left', async () => {
    const { from } = file(1001)
    const to = join(folder, 'fetched')
    await expect(fetchFile(thisMachine, { from, to, most: 1000 })).rejects.toMatchObject({ code: 'transfer-too-large' })
    expect(readdirSync(folder)).toEqual(['source'])
  })
})
