import { expect, it } from 'vitest'
import { inZone, localField, momentOf } from './moment.ts'

it('a moment goes into the field and comes back as the same second', () => {
  const at = new Date('2026-07-01T12:34:56Z')
  expect(momentOf(localField(at))).toEqual(at)
})

it('what is no time is none', () => {
  expect(momentOf('')).toBeNull()
})

it('other zones write the same moment in their way, summer time included', () => {
  expect(inZone(new Date('2026-07-01T12:34:56Z'), 'Europe/Zurich')).toBe('2026-07-01 14:34:56')
  expect(inZone(new Date('2026-12-01T12:34:56Z'), 'Europe/Zurich')).toBe('2026-12-01 13:34:56')
})
