import { Refusal } from '@bramble/db'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { outcome, refuseAt, refuseFields } from './outcome.ts'

it('a named error becomes data, with what it says of the fields', async () => {
  const fields = { to: 'Must name a recipient.' }
  const refused = await outcome(async () => {
    throw new Refusal('channel-invalid', 'to: Must name a recipient.', 'Fix it.', { fields })
  })
  expect(refused).toEqual({ ok: false, message: 'to: Must name a recipient.', cure: 'Fix it.', fields })
  const plain = await outcome(async () => {
    throw new Refusal('gone', 'It is gone.', 'Reload the page.')
  })
  expect(plain).toEqual({ ok: false, message: 'It is gone.', cure: 'Reload the page.' })
})

it('a fault of the program itself goes on', async () => {
  const broken = outcome(async () => {
    throw new TypeError('no')
  })
  await expect(broken).rejects.toThrow(TypeError)
})

it('a refusal stands at its field, and says all at once where there are several', () => {
  expect(refuseAt('email', 'It is taken.', 'Choose another.').fields).toEqual({ email: 'It is taken. Choose another.' })
  const form = z.object({ name: z.string().min(1, 'Enter a name.'), password: z.string().min(12, 'Too short.') })
  expect(refuseFields(form.safeParse({ name: '', password: 'x' }).error?.issues ?? [])).toMatchObject({
    message: 'Enter a name. Too short.',
    fields: { name: 'Enter a name.', password: 'Too short.' },
  })
})
