import { expect, test } from 'vitest'
import { redactorOf } from './redact.ts'

test('blanks passwords and each line of a key, and leaves what is public or too short to tell', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END PRIVATE KEY-----\n'
  const redact = redactorOf(
    { superuser: 'hunter22', 'ca.key': key, 'ca.certificate': 'MIIBpublicpublic', 'ssh.public': 'ssh-ed25519 AAAA' },
    ['raspberry', 'pi'],
  )
  expect(redact('psql: password hunter22 refused, raspberry too')).toBe('psql: password ‹secret› refused, ‹secret› too')
  expect(redact(key)).not.toMatch(/MIGH|AgEG/)
  expect(redact('MIIBpublicpublic ssh-ed25519 AAAA pi-1')).toBe('MIIBpublicpublic ssh-ed25519 AAAA pi-1')
})
