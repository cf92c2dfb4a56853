import type { TimelineEvent } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { merged } from './timeline-answer.ts'

const event = (id: string, at: string, until: string | null = null): TimelineEvent => ({
  ...{
    id,
    at: `2026-11-25T${at}:00Z`,
    until,
    kind: 'run' as const,
    level: 'info' as const,
    node: null,
    words: id,
    link: null,
  },
})

it('a newer word about an event replaces the older; new ones find their place; nothing new is the same list', () => {
  const known = [event('a', '10:00'), event('c', '12:00')]
  const next = merged(known, [event('b', '11:00'), event('a', '10:00', '2026-11-25T10:30:00Z')])
  expect(next.map(({ id, until }) => [id, until !== null])).toEqual([
    ['a', true],
    ['b', false],
    ['c', false],
  ])
  expect(merged(known, [event('c', '12:00')])).toBe(known)
})
