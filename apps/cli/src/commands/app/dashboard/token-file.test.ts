import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readTokenFile } from './token-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-token-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const token = `brm_${'0a'.repeat(30)}`
const written = (text: string, mode = 0o600) => {
  const file = join(folder, 'token')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}
const refusal = (file: string): { code: string; message: string; cure: string } => {
  try {
    readTokenFile(file)
  } catch (error) {
    return error as { code: string; message: string; cure: string }
  }
  throw new Error('It was read')
}

test('a token that only its owner can read is read', () => {
  expect(readTokenFile(written(`${token}\n`)).reveal()).toBe(token)
  expect(readTokenFile(written(token, 0o400)).reveal()).toBe(token)
})

test.each([0o644, 0o640, 0o604, 0o620, 0o610])('mode %o is refused, with the command that changes it', (mode) => {
  const file = written(token, mode)
  expect(refusal(file)).toMatchObject({ code: 'token-file', cure: `Run: chmod 600 ${file}` })
})

test('what holds no token is refused, and nothing of it is shown', () => {
  for (const text of ['', 'password', `${token}${token}`, token.slice(0, -1), 'x'.repeat(5_000)]) {
    const { code, message, cure } = refusal(written(text))
    expect(code).toBe('token-file')
    if (text !== '') expect(message + cure).not.toContain(text)
  }
  expect(refusal(join(folder, 'none')).message).toContain('there is no file')
  expect(refusal(folder).message).toContain('is not a file')
})

test('a pipe is refused and not waited for', async () => {
  const pipe = join(folder, 'pipe')
  await must(['mkfifo', '--mode=600', pipe])
  expect(refusal(pipe).message).toContain('is not a file')
})
