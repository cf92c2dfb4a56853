import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { must } from '@bramble/process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { calm, changeBoard, fitBoard } from './board.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bramble-board-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ask = async (...words: string[]) =>
  (
    await must([path.join(folder, 'vcgencmd'), ...words], { env: { BRAMBLE_LAB_BOARD: path.join(folder, 'board') } })
  ).trim()

it('answers as a Pi’s firmware does, and remembers until it loses power', async () => {
  await fitBoard(folder, calm)
  expect(await ask('get_throttled')).toBe('throttled=0x0')
  expect(await ask('measure_temp')).toBe("temp=48.3'C")
  expect(await ask('measure_clock', 'arm')).toBe('frequency(48)=1500000000')

  await changeBoard(folder, { temperature: 84, undervoltage: true, throttled: true }, 0)
  expect(await ask('get_throttled')).toBe('throttled=0x70007')
  expect(await ask('measure_temp')).toBe("temp=84.0'C")
  await changeBoard(folder, calm, 0)
  expect(await ask('get_throttled')).toBe('throttled=0x70000')

  await fitBoard(folder, calm)
  expect(await ask('get_throttled')).toBe('throttled=0x0')
  expect(await ask('version')).toContain('error=1')
})
