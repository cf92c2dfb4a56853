import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folders = ['lab/scenarios', 'lab/bench', 'apps/cli/scenarios', 'apps/cli/bench']

it('no two files use the same lab: they may run side by side', () => {
  const users = new Map<string, string[]>()
  for (const folder of folders)
    for (const name of readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.ts')))
      for (const [, number = ''] of readFileSync(`${root}${folder}/${name}`, 'utf8').matchAll(
        /\b(?:id|lab)(?: =|:) (\d+)\b/g,
      ))
        users.set(number, [...new Set([...(users.get(number) ?? []), name])])
  expect(users.size).toBeGreaterThan(20)
  expect([...users].filter(([, files]) => files.length > 1)).toEqual([])
})
