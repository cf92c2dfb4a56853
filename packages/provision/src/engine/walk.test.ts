import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { RunEvent } from '@bramble/cluster'
import { run } from '@bramble/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { thisMachine } from '../../test/machine.ts'
import { file } from '../resources/file.ts'
import { gate } from '../resources/gate.ts'
import { fileState } from './file.ts'
import { gather } from './gather.ts'
import { planDigest, planSteps } from './plan.ts'
import { because, type Step, settled } from './types.ts'
import { walk } from './walk.ts'

let folder: string
let owner: string
let events: RunEvent[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-walk-'))
  owner = `${userInfo().username}:${(await run(['id', '-gn'])).stdout.trim()}`
  events = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const steps = (text = 'one\n'): Step[] => {
  const config = file({ id: 'web/config', path: join(folder, 'config'), content: text, owner })
  const copy = fileState(join(folder, 'copy'))
  const current = fileState(join(folder, 'config'))
  const service: Step = {
    id: 'web/copy',
    title: 'Copy the config',
    reads: [copy, current],
    follows: ['web/config'],
    check: (facts) =>
      facts.of(copy).sha256 === facts.of(current).sha256 && facts.of(copy).kind === 'file'
        ? settled
        : because('it is not a copy'),
    apply: () => [{ kind: 'run', argv: ['cp', join(folder, 'config'), join(folder, 'copy')] }],
  }
  return [config, service]
}

async function planned(list: readonly Step[]) {
  const reads = list.flatMap((step) => step.reads)
  return planSteps(list, await gather(thisMachine, reads), true)
}

async function walkAll(list: readonly Step[], signal = new AbortController().signal) {
  const plan = await planned(list)
  const done = new Set(plan.filter((step) => step.verdict === 'settled').map((step) => step.id))
  return walk({
    node: 'pi-1',
    steps: list,
    settled: done,
    connect: async () => thisMachine,
    emit: (event) => events.push(event),
    signal,
  })
}

describe('walk', () => {
  it('does what is to be done, and the second time nothing', async () => {
    expect(await walkAll(steps())).toBe(2)
    events = []
    expect(await walkAll(steps())).toBe(0)
    expect(events).toEqual([])
    expect((await planned(steps())).map((step) => step.verdict)).toEqual(['settled', 'settled'])
  })

  it('plans a follower of a changed file although it looks settled, and mends drift by hand', async () => {
    await walkAll(steps())
    writeFileSync(join(folder, 'config'), 'by hand\n')
    writeFileSync(join(folder, 'copy'), 'by hand\n')
    const plan = await planned(steps())
    expect(plan.map((step) => [step.verdict, step.because])).toEqual([
      ['todo', 'content differs'],
      ['todo', 'web/config changes'],
    ])
    expect(plan[0]!.actions[0]).toMatchObject({ kind: 'put', diff: expect.stringContaining('-by hand\n+one') })
    expect(await walkAll(steps())).toBe(2)
  })

  it('gives another digest when other content would be written', async () => {
    const digest = async (text: string) => planDigest([{ node: 'pi-1', steps: await planned(steps(text)) }])
    expect(await digest('one\n')).toBe(await digest('one\n'))
    expect(await digest('one\n')).not.toBe(await digest('two\n'))
  })

  it('stops at a step that fails, says its cure, and goes on from there the next time', async () => {
    const [config, copy] = steps() as [Step, Step]
    const broken: Step = { ...copy, cure: 'Do this.', apply: () => [{ kind: 'run', argv: ['false'] }] }
    await expect(walkAll([config, broken])).rejects.toMatchObject({ code: 'action-failed', cure: 'Do this.' })
    expect(events.at(-1)).toMatchObject({ type: 'step-failed', step: 'web/copy' })
    events = []
    expect(await walkAll([config, copy])).toBe(1)
    expect(events.filter((event) => event.type === 'step-started').map((event) => event.step)).toEqual(['web/copy'])
  })

  it('waits at a gate until it opens and says for what', async () => {
    const flag = fileState(join(folder, 'flag'))
    const wait = gate({
      id: 'web/flag',
      title: 'Wait for the flag',
      reads: [flag],
      check: (facts) => (facts.of(flag).kind === 'file' ? settled : because('no flag')),
      cure: 'Raise it.',
    })
    const walking = walkAll([wait, ...steps()])
    await expect.poll(() => events.some((event) => event.type === 'step-started'), { timeout: 20_000 }).toBe(true)
    expect(existsSync(join(folder, 'config'))).toBe(false)
    writeFileSync(join(folder, 'flag'), '')
    expect(await walking).toBe(2)
  }, 60_000)

  it('gives up at a gate that stays closed', async () => {
    const shut = gate({
      id: 'web/shut',
      title: 'Wait',
      reads: [],
      check: () => because('never'),
      patience: 0,
      cure: 'Look.',
    })
    await expect(walkAll([shut])).rejects.toMatchObject({ code: 'gate-closed', cure: 'Look.' })
  })

  it('ends as cancelled when it is told to', async () => {
    const cancel = new AbortController()
    const shut = gate({ id: 'web/shut', title: 'Wait', reads: [], check: () => because('never'), cure: 'Look.' })
    const walking = walkAll([shut], cancel.signal)
    await expect.poll(() => events.length, { timeout: 20_000 }).toBeGreaterThan(0)
    cancel.abort()
    await expect(walking).rejects.toMatchObject({ code: 'cancelled' })
  }, 60_000)
})
