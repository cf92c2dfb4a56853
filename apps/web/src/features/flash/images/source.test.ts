import { ImageSource } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { emptySource, nameFrom, officialSource, sourceOf, sourceProblems } from './source.ts'

const digest = 'a'.repeat(64)
const named = { ...emptySource, name: 'Pi OS' }

describe('the add form', () => {
  it.each([
    [{ ...named, url: 'https://example.org/pi.img.xz' }, []],
    [{ ...named, url: ' https://example.org/pi.img.xz ', sha256: digest.toUpperCase() }, []],
    [{ ...named, url: 'ftp://example.org/pi.img' }, ['url']],
    [{ ...named, url: 'example.org' }, ['url']],
    [{ ...named, url: 'https://example.org/pi.img', sha256: 'abc' }, ['sha256']],
    [{ ...emptySource, url: 'https://example.org/pi.img' }, ['name']],
    [{ ...named, way: 'file' as const, path: '/srv/pi.img' }, []],
    [{ ...named, way: 'file' as const, path: 'pi.img' }, ['path']],
    [{ ...named, way: 'file' as const, path: '/root/.ssh/id_ed25519' }, ['path']],
  ])('%j', (draft, fields) => {
    expect(Object.keys(sourceProblems(draft)).sort()).toEqual(fields)
    if (fields.length === 0) expect(ImageSource.safeParse(sourceOf(draft)).error).toBeUndefined()
  })

  it('hands the checksum on in small letters, and none when there is none', () => {
    const url = 'https://example.org/pi.img'
    expect(sourceOf({ ...named, url, sha256: digest.toUpperCase() })).toEqual({
      kind: 'url',
      url,
      downloadSha256: digest,
    })
    expect(sourceOf({ ...named, url })).toEqual({ kind: 'url', url })
  })
})

it('an official image keeps every checksum and size that is published', () => {
  const entry = {
    name: 'Lite',
    description: '',
    release: 'trixie',
    url: 'https://example.org/a.img.xz',
    bundled: false,
  }
  expect(officialSource({ ...entry, downloadSha256: digest, contentSize: 7, downloadSize: null })).toEqual({
    kind: 'url',
    url: entry.url,
    downloadSha256: digest,
    contentSize: 7,
  })
})

it.each([
  ['https://example.org/2026/raspios_lite_arm64.img.xz?x=1', 'raspios_lite_arm64'],
  ['/srv/images/pi.img', 'pi'],
  ['C:\\pi.zip', 'pi'],
  ['', ''],
])('%s is called %s', (place, name) => expect(nameFrom(place)).toBe(name))
