import { expect, it } from 'vitest'
import { factsFor } from '../../test/context.ts'
import { fileState } from '../engine/file.ts'
import { planSteps } from '../engine/plan.ts'
import { kernelCommandLine, memoryCgroup, memoryLimits, withMemoryCgroup } from './memory-cgroup.ts'

const line = 'console=serial0,115200 root=PARTUUID=5ca1ab1e-02 rootwait'
const steps = memoryCgroup('pi-1')

/** Step to the reason why it is to be done. */
function planned(content: string | null, answer: string, container = false) {
  const file = { kind: content === null ? 'absent' : 'file', content }
  const facts = factsFor(steps, {
    machine: { container },
    over: [
      [fileState(kernelCommandLine, { content: true }), file],
      [memoryLimits, { code: 0, stdout: answer, stderr: '' }],
    ],
  })
  const changes = planSteps(steps, facts, true).filter(({ verdict }) => verdict === 'todo')
  const [put] = steps[0]!.apply!(facts)
  return { ids: changes.map(({ id }) => id), put, disrupts: changes.map(({ disrupts }) => disrupts).filter(Boolean) }
}

it('keeps every word of the line, and puts ours before those of init', () => {
  expect(withMemoryCgroup(`${line}\n`)).toBe(`${line} cgroup_enable=memory\n`)
  expect(withMemoryCgroup(`${line} cgroup_enable=memory quiet`)).toBe(`${line} cgroup_enable=memory quiet\n`)
  expect(withMemoryCgroup('a cgroup_disable=memory cgroup_enable=cpuset b -- c')).toBe(
    'a cgroup_enable=cpuset b cgroup_enable=memory -- c\n',
  )
  expect(withMemoryCgroup('a cgroup_disable=pids,memory')).toBe('a cgroup_disable=pids cgroup_enable=memory\n')
})

it('plans the line and a reboot on a Pi whose kernel lacks the controller', () => {
  const { ids, put, disrupts } = planned(`${line}\n`, `cpuset cpu io pids\n${line}\n`)
  expect(ids).toEqual(['base/memory-cgroup', 'base/memory-cgroup-boot'])
  expect(put).toMatchObject({ path: kernelCommandLine, content: `${line} cgroup_enable=memory\n` })
  expect(disrupts).toEqual(['pi-1 reboots'])
})

it('plans only the reboot when the line was edited and the Pi did not boot since', () =>
  expect(planned(`${line} cgroup_enable=memory\n`, `cpu io pids\n${line}\n`).ids).toEqual(['base/memory-cgroup-boot']))

it.each([
  ['the kernel enforces limits', `${line}\n`, `cpu memory pids\n${line}\n`, false],
  ['there is no cmdline.txt', null, 'cpu pids\nroot=/dev/sda1\n', false],
  [
    'the kernel was asked and has no such controller',
    `${line} cgroup_enable=memory\n`,
    `cpu\n${line} cgroup_enable=memory\n`,
    false,
  ],
  ['it is a virtual Pi, with the kernel of its host', `${line}\n`, `cpu\n${line}\n`, true],
])('changes nothing where %s', (_, content, answer, container) =>
  expect(planned(content, answer, container).ids).toEqual([]),
)
