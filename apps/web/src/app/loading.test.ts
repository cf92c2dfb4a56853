import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/** What waits in the frame that all share: who is not signed in sees no page inside. */
const shared = ['setup', 'sign-in', 'sign-in/code']

it('every page has a skeleton of its own shape', () => {
  const app = fileURLToPath(new URL('.', import.meta.url))
  const pages = readdirSync(app, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'page.tsx')
    .map((file) => path.dirname(file).replace(/^\.$/, ''))
  expect(pages.length).toBeGreaterThan(25)
  const without = pages.filter((folder) => !existsSync(path.join(app, folder, 'loading.tsx')))
  expect(without.sort()).toEqual(shared)
})
