import { expect, it } from 'vitest'
import { contextOf, factsFor } from '../../test/context.ts'
import { updateOf } from './update.ts'

const stepsOf = (name: string) => {
  const { spec, node, secrets } = contextOf(name)
  return updateOf({ spec, node, since: new Date() }, undefined, secrets)
}

it('restarts HAProxy for PostgreSQL where it runs a program that an upgrade replaced, and only there', () => {
  const id = 'update/haproxy-postgres'
  expect(stepsOf('pi-2').map((step) => step.id)).not.toContain(id)
  const steps = stepsOf('pi-1')
  const step = steps.find((one) => one.id === id)!
  expect(steps.indexOf(step)).toBeGreaterThan(steps.findIndex((one) => one.id === 'update/packages'))
  const says = (stdout: string) =>
    step.check(factsFor([step], { over: [[step.reads[0]!, { code: 0, stdout, stderr: '' }]] }))
  expect(says('/usr/sbin/haproxy\n')).toEqual({ settled: true })
  expect(says('')).toEqual({ settled: true })
  expect(says('/usr/sbin/haproxy (deleted)\n')).toMatchObject({ settled: false })
})
