import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseBlockMap } from './bmap.ts'

const sum = 'a'.repeat(64)

/** A map with the right checksum of itself. */
function signed(ranges: string, more: { imageSize?: string; version?: string; type?: string } = {}): string {
  const zeros = '0'.repeat(64)
  const text = `<?xml version="1.0" ?>
<bmap version="${more.version ?? '2.0'}">
  <ImageSize> ${more.imageSize ?? '40960'} </ImageSize>
  <BlockSize> 4096 </BlockSize>
  <ChecksumType> ${more.type ?? 'sha256'} </ChecksumType>
  <BmapFileChecksum> ${zeros} </BmapFileChecksum>
  <BlockMap>${ranges}</BlockMap>
</bmap>
`
  return text.replace(zeros, createHash('sha256').update(text).digest('hex'))
}

const range = (blocks: string, checksum = sum) => `<Range chksum="${checksum}"> ${blocks} </Range>`

test('ranges in bytes, the last one cut to the image', () => {
  expect(parseBlockMap(signed(range('0-1') + range('5') + range('9'), { imageSize: '38000' }), 'x.bmap')).toEqual({
    imageSize: 38000,
    algorithm: 'sha256',
    ranges: [
      { offset: 0, length: 8192, checksum: sum },
      { offset: 20480, length: 4096, checksum: sum },
      { offset: 36864, length: 1136, checksum: sum },
    ],
  })
})

test.each([
  ['a web page', '<!DOCTYPE html><html></html>'],
  ['nothing', ''],
  ['an older version', signed(range('0'), { version: '1.3' })],
  ['a checksum we do not know', signed(range('0'), { type: 'crc32' })],
])('%s counts as no map', (_, text) => {
  expect(parseBlockMap(text, 'x.bmap')).toBeNull()
})

test.each([
  ['changed after it was made', signed(range('0')).replace('40960', '40961'), /checksum/],
  ['out of order', signed(range('5') + range('0')), /range 0/],
  ['overlapping', signed(range('0-5') + range('5-6')), /range 5/],
  ['beyond the image', signed(range('0') + range('99')), /range 99/],
  ['backwards', signed(range('7-3')), /range 7/],
  ['with a checksum cut short', signed(range('0', 'abc')), /range 0/],
  ['empty', signed(''), /maps no blocks/],
  ['without a size', signed(range('0'), { imageSize: 'big' }), /size/],
])('one that is %s is told', (_, text, words) => {
  expect(() => parseBlockMap(text, 'x.bmap')).toThrow(words)
})
