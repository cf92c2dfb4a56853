import { expect, it } from 'vitest'
import { printable } from './printable.ts'

it.each([
  ['plain\ttext\nand käse ✓', 'plain\ttext\nand käse ✓'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['safe\u001b[2K\u001b[1Ahidden', 'safehidden'],
  ['\u001b]0;title\u0007after', 'after'],
  ['\u001b]52;c;cm0gLXJm\u001b\\after', 'after'],
  ['a\u009b31mb\u0000c\u0008d\re\u007f', 'a31mbcde'],
])('%j is told as %j', (text, told) => expect(printable(text)).toBe(told))
