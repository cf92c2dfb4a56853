import { expect, test } from 'vitest'
import { packagesWords } from './packages-words.ts'

test.each([
  [[], [], ''],
  [['nodejs', 'libvips42'], ['libvips42', 'nodejs', 'nodejs'], 'libvips42, nodejs'],
  [['php8.2-fpm'], ['php8.4-fpm', 'nginx'], 'php8.2-fpm (Debian 12); nginx, php8.4-fpm (Debian 13)'],
  [[], ['ruby'], 'ruby (Debian 13)'],
])('packages %j and %j are shown as %j', (bookworm, trixie, words) => {
  expect(packagesWords({ bookworm, trixie })).toBe(words)
})
