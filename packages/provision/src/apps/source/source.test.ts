/** Uploads as people and attackers make them, with real tar and zip files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSource } from './index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-source-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (...names: string[]) => join(folder, ...names)

function project(root: string): void {
  mkdirSync(join(root, 'public/empty'), { recursive: true })
  writeFileSync(join(root, 'public/index.html'), '<h1>Hello</h1>\n')
  writeFileSync(join(root, 'public/ü – a name.txt'), 'text')
  writeFileSync(join(root, 'zero'), '')
  writeFileSync(join(root, 'start'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(root, 'large'), Buffer.alloc(3_000_000, 'abcdefg'))
  symlinkSync('public/index.html', join(root, 'home.html'))
  mkdirSync(join(root, '.git'))
  writeFileSync(join(root, '.git/config'), 'a token\n')
}

const read = (source: string, limits?: { entries: number; bytes: number }) =>
  readSource({
    source,
    into: at('releases'),
    look: async (files) => ({ paths: [...files.entries.keys()], zero: await files.text('zero') }),
    ...(limits ? { limits } : {}),
  })

/** Makes archives that no tool makes, with Python's own libraries. */
const python = (script: string) =>
  must(['python3', '-I', '-c', `import io, tarfile, zipfile, gzip\n${script}`], { cwd: folder })

const tarOf = (...entries: string[]) =>
  python(`with tarfile.open('x.tar', 'w') as tar:
    def add(name, data=b'x', type=tarfile.REGTYPE, link='', mode=0o644):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode, info.size = type, link, mode, len(data) if type == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(data))
${entries.map((entry) => `    add(${entry})`).join('\n')}
`)

const zipOf = (...entries: string[]) =>
  python(`with zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    def add(name, data=b'x', mode=0o100644):
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr, info.compress_type = 3, mode << 16, zipfile.ZIP_DEFLATED
        archive.writestr(info, data)
${entries.map((entry) => `    add(${entry})`).join('\n')}
`)

const refusal = async (source: string, limits?: { entries: number; bytes: number }) => {
  const error = await read(at(source), limits).then(
    () => null,
    (reason: Error & { code?: string }) => reason,
  )
  expect(readdirSync(at('releases')).filter((name) => name !== '')).toEqual([])
  return `${error?.code}: ${error?.message}`
}

describe('the same project', () => {
  it('is the same release as a folder, as every kind of archive, and whatever its times, owners and order', async () => {
    project(at('shop'))
    const expected = await read(at('shop'))
    expect(expected.seen).toEqual({
      paths: [
        'home.html',
        'large',
        'public',
        'public/empty',
        'public/index.html',
        'public/ü – a name.txt',
        'start',
        'zero',
      ],
      zero: '',
    })
    expect([expected.entries, expected.bytes, expected.root]).toEqual([8, 3_000_029, null])
    const tar = ['tar', '--exclude=.git', '-cf']
    await must([...tar, at('a.tar'), '--mtime=2001-01-01', '--owner=root', '-C', at('shop'), '.'])
    await must([...tar, at('b.tar.gz'), '-z', '--format=gnu', '-C', folder, 'shop'])
    await must([...tar, at('c.tar'), '--format=pax', '--mode=u+s,g+w', '-C', folder, 'shop'])
    await must(['xz', '-k', '-1', at('c.tar')])
    await must(['zstd', '-q', '-k', at('c.tar')])
    await python(`import os
with zipfile.ZipFile('d.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    for at, folders, files in os.walk('shop'):
        for name in folders + files:
            path = os.path.join(at, name)
            info = zipfile.ZipInfo.from_file(path)
            if os.path.islink(path):
                info = zipfile.ZipInfo(path)
                info.create_system, info.external_attr = 3, 0o120777 << 16
                archive.writestr(info, os.readlink(path))
            else:
                archive.write(path)
    archive.writestr('__MACOSX/shop/._start', 'finder')
    archive.writestr('shop/.DS_Store', 'finder')
`)
    for (const name of ['a.tar', 'b.tar.gz', 'c.tar', 'c.tar.xz', 'c.tar.zst', 'd.zip']) {
      const again = await read(at(name))
      expect([name, again.digest]).toEqual([name, expected.digest])
      expect(again.root).toBe(name === 'a.tar' ? null : 'shop')
    }
    expect(readdirSync(at('releases'))).toEqual([`${expected.digest}.tar`])
  })

  it('unpacks to what it was, owned by nobody in particular', async () => {
    project(at('shop'))
    const { path, digest } = await read(at('shop'))
    expect((await must(['sha256sum', path])).split(' ')[0]).toBe(digest)
    const listing = await must(['tar', '--full-time', '--numeric-owner', '-tvf', path], {
      env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    })
    for (const line of listing.trimEnd().split('\n'))
      expect(line).toMatch(/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) 0\/0 +\d+ 1970-01-01 00:00:00/)
    mkdirSync(at('out'))
    await must(['tar', '-xf', path, '-C', at('out')])
    expect(await must(['diff', '-r', '--exclude=.git', at('shop'), at('out')])).toBe('')
    expect(readFileSync(at('out/home.html'), 'utf8')).toBe('<h1>Hello</h1>\n')
  })

  it('is another release when one byte or one permission differs', async () => {
    project(at('shop'))
    const digests = [(await read(at('shop'))).digest]
    writeFileSync(at('shop/zero'), '0')
    digests.push((await read(at('shop'))).digest)
    await must(['chmod', '+x', at('shop/zero')])
    digests.push((await read(at('shop'))).digest)
    expect(new Set(digests).size).toBe(3)
  })
})

describe('what is refused', () => {
  it.each([
    [
      'a path that leads out',
      `'../../etc/cron.d/x'`,
      'archive-path: "../../etc/cron.d/x" cannot be part of an app: its path leads out',
    ],
    ['a path that leads out and back', `'a/../../b'`, 'archive-path: '],
    ['an absolute path', `'/etc/passwd'`, 'archive-path: "/etc/passwd" cannot be part of an app: its path is absolute'],
    ['a drive', `'C:/x'`, 'archive-path: "C:/x" cannot be part of an app: its path is absolute'],
    ['a line break', `'a\\nb'`, 'archive-path: "a?b" cannot be part of an app: its path has a control character'],
    ['a long name', `'${'a'.repeat(256)}'`, 'archive-path: '],
    ['a device', `'disk', b'', tarfile.BLKTYPE`, 'archive-entry: "disk" cannot be part of an app: it is a device'],
    ['a pipe', `'pipe', b'', tarfile.FIFOTYPE`, 'archive-entry: "pipe" cannot be part of an app: it is a pipe'],
    [
      'a link out',
      `'l', b'', tarfile.SYMTYPE, '../secret'`,
      'archive-link: "l" cannot be part of an app: it is a link to a target outside',
    ],
    [
      'an absolute link',
      `'l', b'', tarfile.SYMTYPE, '/etc/shadow'`,
      'archive-link: "l" cannot be part of an app: it is a link with an absolute',
    ],
    [
      'an empty link',
      `'l', b'', tarfile.SYMTYPE, ''`,
      'archive-link: "l" cannot be part of an app: it is a link without',
    ],
    [
      'a link in a circle',
      `'l', b'', tarfile.SYMTYPE, 'l'`,
      'archive-link: "l" cannot be part of an app: it is a circular link',
    ],
    ['a hard link to nothing', `'l', b'', tarfile.LNKTYPE, 'nothing'`, 'archive-link: '],
    ['a hard link out', `'l', b'', tarfile.LNKTYPE, '../../etc/shadow'`, 'archive-path: '],
  ])('%s', async (_, entry, words) => {
    await tarOf(`'ok'`, entry)
    expect((await refusal('x.tar')).startsWith(words), await refusal('x.tar')).toBe(true)
  })

  it('links that lead out only together, and files written through a link', async () => {
    await tarOf(`'ok'`, `'a/b/up', b'', tarfile.SYMTYPE, '..'`, `'out', b'', tarfile.SYMTYPE, 'a/b/up/../..'`)
    expect(await refusal('x.tar')).toContain(
      'archive-link: "out" cannot be part of an app: it is a link to a target outside',
    )
    await tarOf(`'l', b'', tarfile.SYMTYPE, '.'`, `'l/x'`)
    expect(await refusal('x.tar')).toContain('archive-clash: "l/x" cannot be part of an app: "l" is not a folder')
  })

  it('names that clash', async () => {
    await tarOf(`'Readme'`, `'readme'`)
    expect(await refusal('x.tar')).toContain('archive-clash: "readme" cannot be part of an app: "Readme" differs only')
    await tarOf(`'Doc/a'`, `'doc/b'`)
    expect(await refusal('x.tar')).toContain('"Doc" differs only')
    await tarOf(`'\\u00fc'`, `'u\\u0308'`)
    expect(await refusal('x.tar')).toContain('archive-clash')
    await tarOf(`'a'`, `'a'`)
    expect(await refusal('x.tar')).toContain('there are two entries with this name')
    await tarOf(`'a'`, `'a/b'`)
    expect(await refusal('x.tar')).toContain('"a" is not a folder')
  })

  it('the same in zip files', async () => {
    await zipOf(`'../x'`)
    expect(await refusal('x.zip')).toContain('archive-path: "../x" cannot be part of an app')
    await zipOf(`'/x'`)
    expect(await refusal('x.zip')).toContain('archive-path: "/x" cannot be part of an app')
    await zipOf(`'ok'`, `'l', b'/etc/shadow', 0o120777`)
    expect(await refusal('x.zip')).toContain(
      'archive-link: "l" cannot be part of an app: it is a link with an absolute',
    )
    await zipOf(`'ok'`, `'d', b'', 0o020644`)
    expect(await refusal('x.zip')).toContain('archive-entry: "d" cannot be part of an app: it is a device')
    await zipOf(`'A'`, `'a'`)
    expect(await refusal('x.zip')).toContain('archive-clash')
  })

  it('what is no archive, is damaged, is cut, or is empty', async () => {
    writeFileSync(at('text.tar'), 'I am not an archive. '.repeat(100))
    expect(await refusal('text.tar')).toContain('archive-damaged: text.tar is damaged, or is not an archive')
    await tarOf(`'a', b'x' * 100_000`)
    const whole = readFileSync(at('x.tar'))
    writeFileSync(at('cut.tar'), whole.subarray(0, 50_000))
    expect(await refusal('cut.tar')).toContain('archive-damaged')
    await must(['gzip', at('x.tar')])
    writeFileSync(at('cut.tar.gz'), readFileSync(at('x.tar.gz')).subarray(0, 150))
    expect(await refusal('cut.tar.gz')).toContain('archive-damaged')
    await zipOf(`'a', b'x' * 100_000`)
    const zip = readFileSync(at('x.zip'))
    zip[60] = zip[60]! ^ 0xff
    writeFileSync(at('bad.zip'), zip)
    expect(await refusal('bad.zip')).toContain('archive-damaged')
    await tarOf(`'d', b'', tarfile.DIRTYPE`)
    expect(await refusal('x.tar')).toContain('archive-empty')
    await expect(read(at('nothing'))).rejects.toMatchObject({ code: 'source-missing' })
    mkdirSync(at('pipes'))
    await must(['mkfifo', at('pipes/p')])
    expect(await refusal('pipes')).toContain('archive-entry: "p" cannot be part of an app: it is a device, a pipe')
  })
})

describe('what would fill the disk or the memory', () => {
  const grown = async (source: string, limits?: { entries: number; bytes: number }) => {
    const before = process.memoryUsage.rss()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 20)
    const words = await refusal(source, limits).finally(() => clearInterval(watch))
    expect(most - before).toBeLessThan(400_000_000)
    return words
  }

  it('10 GB of zeros, announced or not, as a file or as the archive itself', async () => {
    await python(`size = 10_000_000_000
with gzip.open('announced.tar.gz', 'wb', 1) as out:
    info = tarfile.TarInfo('zeros')
    info.size = size
    out.write(info.tobuf())
    out.write(bytes(1_000_000))
with gzip.open('zeros.tar.gz', 'wb', 1) as out:
    out.write(bytes(50_000_000))
with gzip.open('late.tar.gz', 'wb', 1) as out:
    out.write(tarfile.TarInfo('a').tobuf())
    for _ in range(200):
        out.write(bytes(1_000_000))
with zipfile.ZipFile('zeros.zip', 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    with archive.open('zeros', 'w', force_zip64=True) as out:
        for _ in range(150):
            out.write(bytes(1_000_000))
`)
    expect(await grown('announced.tar.gz')).toContain('archive-too-large: The upload has more than 2000000000 bytes.')
    expect(await grown('zeros.tar.gz')).toContain('archive-format')
    const limits = { entries: 1000, bytes: 100_000_000 }
    expect(await grown('late.tar.gz', limits)).toContain('archive-too-large')
    expect(await grown('zeros.zip', limits)).toContain('archive-too-large')
    const zip = readFileSync(at('zeros.zip'))
    // A zip file that lies: 1,000 bytes are announced, and far more come.
    const lie = (place: number, bytes: number) => zip.writeUInt32LE(bytes, place)
    const central = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    lie(central + 24, 1000)
    writeFileSync(at('lies.zip'), zip)
    expect(await grown('lies.zip', limits)).toContain('archive-damaged')
  })

  it('too many entries, also those that only deep paths imply', async () => {
    await tarOf(...Array.from({ length: 30 }, (_, i) => `'f${i}'`))
    const limits = { entries: 20, bytes: 1_000_000 }
    expect(await grown('x.tar', limits)).toContain('archive-too-large: The upload has more than 20 files')
    await zipOf(...Array.from({ length: 30 }, (_, i) => `'f${i}'`))
    expect(await grown('x.zip', limits)).toContain('archive-too-large: The upload has more than 20 files')
    await tarOf(`'${'a/'.repeat(40)}x'`)
    expect(await grown('x.tar', limits)).toContain('archive-too-large')
  })

  it('stops at once when it is cancelled', async () => {
    project(at('shop'))
    const signal = AbortSignal.abort(new Error('cancelled'))
    const look = async () => null
    await expect(readSource({ source: at('shop'), into: at('releases'), look, signal })).rejects.toThrow('cancelled')
    expect(readdirSync(at('releases'))).toEqual([])
  })
})
