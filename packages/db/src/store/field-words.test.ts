import { BackupSpec, ChannelConfig } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { fieldWords } from './field-words.ts'

const wordsFor = (schema: z.ZodType, asked: unknown) => fieldWords(schema.safeParse(asked).error?.issues ?? [], asked)

it('says at the field what it must be, and which entry of a list is meant', () => {
  const email = {
    kind: 'email',
    host: 'smtp example',
    port: 70_000,
    security: 'tls',
    from: 'ada',
    to: ['a@b.ch', 'bob'],
  }
  expect(wordsFor(ChannelConfig, email)).toEqual({
    host: 'Must be a host name or an IPv4 address.',
    port: 'Must be 65535 at most.',
    from: 'Must be an address such as ada@example.org.',
    to: '“bob” must be an address such as ada@example.org.',
  })
})

it('has words for what is missing, no number, or too long', () => {
  expect(
    wordsFor(ChannelConfig, { kind: 'email', security: 'none', from: 'a@b.ch', to: [], port: Number.NaN }),
  ).toEqual({
    host: 'Must not be empty.',
    port: 'Must be a number.',
    to: 'Must name a recipient.',
  })
  expect(wordsFor(z.object({ name: z.string().max(3) }), { name: 'four' })).toEqual({
    name: 'Must have 3 characters at most.',
  })
})

it('names fields within fields by their path', () => {
  const backup = { repository: { kind: 'sftp', host: '-', user: 'Ada', path: '/srv/backups', hostKey: '' }, keep: 0 }
  expect(Object.keys(wordsFor(BackupSpec, backup)).sort()).toEqual([
    'keep',
    'repository.host',
    'repository.hostKey',
    'repository.user',
  ])
})

it('says one thing at a time of a field', () => {
  const twice = z
    .string()
    .refine(() => false, 'must be one thing')
    .refine(() => false, 'must be another')
  expect(wordsFor(z.object({ it: twice }), { it: 'x' })).toEqual({ it: 'Must be one thing.' })
})
