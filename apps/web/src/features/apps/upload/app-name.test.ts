import { expect, test } from 'vitest'
import { proposedName } from './app-name.ts'

test.each([
  ['page', 'page-2'],
  ['My Shop v2.tar.gz', 'my-shop-v2'],
  ['Büro_2024.zip', 'bu-ro-2024'],
  ['2024-blog.tgz', 'blog'],
  ['web', ''],
  ['...', ''],
  ['a'.repeat(40), 'a'.repeat(24)],
])('%s becomes %s', (source, name) => expect(proposedName(source, ['page'])).toBe(name))
