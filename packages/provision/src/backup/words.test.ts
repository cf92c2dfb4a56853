/** What pgBackRest 2.55 and PostgreSQL 17 said on the lab when it was broken on purpose. */
import { expect, it } from 'vitest'
import { repositoryState } from '../facts/backup.ts'
import { explainBackup } from './words.ts'

it.each([
  [
    'passphrase-wrong',
    "P00  ERROR: [029]: unable to load info file '/srv/backup.info' or '/srv/backup.info.copy':\n   FormatError: key/value found outside of section at line 1: P{",
  ],
  [
    'passphrase-wrong',
    // Its beginning is cut off: only the end of a long output is kept.
    '\ufffd6y\n   FormatError: key/value found outside of section at line 1: \ufffd/C\n   HINT: backup.info cannot be opened and is required to perform a backup.\n   HINT: has a stanza-create been performed?',
  ],
  [
    'passphrase-wrong',
    'pgbackrest --stanza=shelf stanza-create failed (exit 29): r_\ufffd,$>z\n  HINT: archive.info cannot be opened but is required to push/get WAL segments.\n  HINT: is archive_command configured correctly in postgresql.conf?\n  HINT: has a stanza-create been performed?\n  P00   INFO: stanza-create command end: aborted with exception [029]',
  ],
  [
    'backup-corrupt',
    "P00  ERROR: [026]: raised from local-2 protocol: error restoring '/var/lib/postgresql/x/base/5/1255': actual checksum 'a' does not match expected checksum 'b'",
  ],
  [
    'certificate-untrusted',
    "P00  ERROR: [095]: unable to verify certificate presented by 's3.lan:9000 (198.18.58.1)': [18] self-signed certificate",
  ],
  [
    'bucket-unknown',
    'content-type: application/xml\n*** Response Content ***:\n<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>',
  ],
  [
    'backup-corrupt',
    'P00  ERROR: [029]: raised from local-1 protocol: zst error: [-20] Data corruption detected\n   [FormatError] on 2 retries from 16-15017ms: zst error: [-20] Data corruption detected',
  ],
  [
    'sftp-key-refused',
    'P00  ERROR: [101]: public key authentication failed: libssh2 error [-18]\n   HINT: check authorization log on the SFTP server',
  ],
  ['repository-full', "P00  ERROR: [039]: unable to write '/srv/x': [28] No space left on device"],
  ['moment-not-archived', 'FATAL:  recovery ended before configured recovery target was reached'],
  ['no-room', 'no room for a drill: 3 MB are free here, 295 MB are needed'],
  ['repository-busy', "P00  ERROR: [050]: unable to acquire lock on file '/tmp/pgbackrest/home-backup.lock'"],
  [
    'not-archived',
    'P00  ERROR: [082]: WAL segment 0000000300000000000000A was not archived before the 60000ms timeout',
  ],
  [
    'host-key-differs',
    'P00  ERROR: [101]: host [469b] and configured fingerprint (repo-sftp-host-fingerprint) [1f89] do not match',
  ],
  ['repository-away', "P00  ERROR: [049]: unable to connect to 'pi-1:8432': [111] Connection refused"],
])('%s', (code, words) => {
  expect(explainBackup(words)).toMatchObject({ code })
})

it('the words that name the file stand in the message', () => {
  const words =
    "2026-11-27 21:27:25.569 P00  ERROR: [026]: error restoring 'base/5/1255': actual checksum\nP00 INFO: end"
  expect(explainBackup(words)?.message).toContain("error restoring 'base/5/1255'")
})

it('what is not known is not explained', () => expect(explainBackup('something new')).toBeNull())

const told = (stanza: object) => JSON.stringify([{ archive: [], backup: [], name: 'home', ...stanza }])
const ok = { status: { code: 0, message: 'ok' } }

it('a repository is read as pgBackRest tells it', () => {
  const state = repositoryState(
    told({
      ...ok,
      archive: [{ id: '17-1', max: '00000002000000000000000A', min: '000000020000000000000004' }],
      backup: [
        {
          ...{ label: '20261127-210517F', type: 'full', error: false },
          archive: { start: '000000020000000000000005', stop: '000000020000000000000005' },
          info: { size: 31255668, delta: 31255668, repository: { size: 3772480, delta: 3772480 } },
          timestamp: { start: 1795813517, stop: 1795813522 },
        },
      ],
    }),
  )
  expect(state).toMatchObject({ stanza: true, trouble: null, walNewest: '00000002000000000000000A' })
  expect(state.backups).toEqual([
    {
      ...{ label: '20261127-210517F', type: 'full', size: 31255668, added: 3772480, damaged: false },
      ...{ startedAt: '2026-11-27T21:05:17.000Z', endedAt: '2026-11-27T21:05:22.000Z' },
      ...{ walStart: '000000020000000000000005', walStop: '000000020000000000000005' },
    },
  ])
})

it('one that is not there yet is no trouble; one that does not open is, in its own words', () => {
  expect(repositoryState(told({ status: { code: 1, message: 'missing stanza path' } }))).toMatchObject({
    stanza: false,
    trouble: null,
  })
  expect(repositoryState('[]')).toMatchObject({ stanza: false, backups: [], trouble: null })
  const repo = [{ status: { code: 99, message: '[FormatError] unable to load info file' } }]
  expect(repositoryState(told({ status: { code: 99, message: 'other' }, repo })).trouble).toContain('[FormatError]')
  // An error may hold bytes that no JSON may: then the text itself is what it says.
  expect(repositoryState('[{"status": "\u0001')).toMatchObject({ backups: [], trouble: '[{"status": "\u0001' })
})
