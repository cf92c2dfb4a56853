import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileServer } from '../../../test/file-server.ts'
import { imageCatalogue } from './catalogue.ts'

let server: FileServer
beforeEach(async () => {
  server = await FileServer.start('/image')
})
afterEach(() => server.stop())

const serve = (list: unknown): Promise<Awaited<ReturnType<typeof imageCatalogue>>> => {
  server.others.set('/list.json', typeof list === 'string' ? list : JSON.stringify(list))
  return imageCatalogue({ list: `${server.origin}/list.json` })
}

const at = 'https://downloads.raspberrypi.com/x'
const lite = {
  name: 'Raspberry Pi OS Lite (64-bit)',
  description: 'A port of Debian Trixie with no desktop environment',
  url: `${at}/2026-10-06-raspios-trixie-arm64-lite.img.xz`,
  extract_size: 3_078_619_136,
  extract_sha256: 'AB'.repeat(32),
  image_download_size: 550_466_056,
  image_download_sha256: '',
  release_date: '2026-10-06',
  init_format: 'cloudinit-rpi',
  devices: ['pi5-64bit'],
}

test('the nested list becomes what a Pi server can use, Lite and new first', async () => {
  const entries = await serve({
    imager: { latest_version: '2.0.9' },
    os_list: [
      { ...lite, name: 'Raspberry Pi OS (64-bit)', url: `${at}/2026-10-06-raspios-trixie-arm64.img.xz` },
      {
        name: 'Raspberry Pi OS (other)',
        subitems: [
          {
            ...lite,
            name: 'Legacy Lite',
            url: `${at}/2026-09-15-raspios-bookworm-armhf-lite.img.xz`,
            release_date: null,
          },
          { ...lite, name: 'too old', url: `${at}/2024-01-01-raspios-bullseye-armhf-lite.img.xz` },
          lite,
        ],
      },
      { name: 'Ubuntu', url: 'https://cdimage.ubuntu.com/ubuntu-26.04-preinstalled-server-arm64+raspi.img.xz' },
      { name: 'Others', subitems_url: `${server.origin}/others.json` },
      { name: 'Raspberry Pi OS (elsewhere)', subitems_url: '/more.json' },
      'nonsense',
      null,
    ],
  })
  expect(entries.map(({ name }) => name)).toEqual([
    'Raspberry Pi OS Lite (64-bit)',
    'Legacy Lite',
    'Raspberry Pi OS (64-bit)',
  ])
  expect(entries[0]).toEqual({
    name: lite.name,
    description: lite.description,
    release: 'trixie',
    url: lite.url,
    contentSha256: 'ab'.repeat(32),
    downloadSize: 550_466_056,
    contentSize: 3_078_619_136,
    releaseDate: '2026-10-06',
    bundled: false,
  })
  expect(entries[1]).toMatchObject({ release: 'bookworm', releaseDate: '2026-09-15' })
})

test('a list that is kept in a file of its own is followed', async () => {
  server.others.set('/more.json', JSON.stringify({ os_list: [lite] }))
  const entries = await serve({ os_list: [{ name: 'Raspberry Pi OS (other)', subitems_url: '/more.json' }] })
  expect(entries).toMatchObject([{ name: lite.name, bundled: false }])
})

test.each([
  ['no JSON', 'Sign in to this network'],
  ['another shape', { systems: [] }],
  ['nothing for us', { os_list: [{ name: 'Ubuntu', url: 'https://x/y.img.xz' }] }],
])('%s: the bundled list', async (_, list) => {
  const entries = await serve(list)
  expect(entries.length).toBeGreaterThan(3)
  expect(entries.every(({ bundled }) => bundled)).toBe(true)
  expect(entries[0]).toMatchObject({ release: 'trixie', url: expect.stringContaining('arm64-lite') })
})

test('no network: the bundled list, whose images all carry the checksum of their download', async () => {
  await server.stop()
  const entries = await imageCatalogue({ list: 'http://127.0.0.1:9/' })
  for (const { bundled, downloadSha256, releaseDate, url } of entries) {
    expect({ bundled, downloadSha256 }).toEqual({
      bundled: true,
      downloadSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(url).toContain(releaseDate)
  }
  server = await FileServer.start()
})

test('a cancel is a cancel', async () => {
  await expect(imageCatalogue({ list: server.url, signal: AbortSignal.abort() })).rejects.toThrow()
})
