import { PostgresSpec } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { answers, contextOf, factsFor, noPulse } from '../../../test/context.ts'
import type { PutAction, RoleContext } from '../../engine/types.ts'
import { postgresMajor, versionFacts } from '../../facts/releases.ts'
import { preflight, preflightFacts } from '../../rollout/preflight.ts'
import { stepsFor } from '../index.ts'
import { archiveStep } from './archive.ts'

const bookworm = { codename: 'bookworm' }
const wanting = (postgres: object) => contextOf('pi-2', { postgres: PostgresSpec.parse(postgres) })

describe('the version', () => {
  const major = (context: RoleContext, codename: string) =>
    postgresMajor(context, answers(versionFacts, { machine: { codename } }))

  it('is what the spec wants, else what the cluster runs, else that of the release', () => {
    expect(major(contextOf('pi-2'), 'trixie')).toBe(17)
    expect(major(contextOf('pi-2'), 'bookworm')).toBe(15)
    expect(major({ ...contextOf('pi-2'), pulse: { ...noPulse, postgresMajor: 15 } }, 'trixie')).toBe(15)
    expect(major({ ...wanting({ version: 16 }), pulse: { ...noPulse, postgresMajor: 15 } }, 'trixie')).toBe(16)
  })

  it('decides packages, folders and binaries', () => {
    const steps = stepsFor(wanting({ version: 15 }))
    const facts = factsFor(steps)
    const verdict = steps.find(({ id }) => id === 'postgres/packages')!.check(facts)
    expect(verdict).toMatchObject({ because: expect.stringContaining('postgresql-15, postgresql-client-15, patroni') })
    expect(JSON.stringify(verdict)).not.toContain('postgresql-17')
  })
})

describe('the archive', () => {
  const texts = (context: RoleContext, machine: object) => {
    const step = archiveStep(context)
    const facts = factsFor([step], { machine })
    const puts = (step.apply?.(facts) ?? []).filter((action): action is PutAction => action.kind === 'put')
    return { verdict: step.check(facts), files: Object.fromEntries(puts.map(({ path, content }) => [path, content])) }
  }

  it("is not needed for Debian's own version", () => {
    expect(texts(contextOf('pi-2'), {}).verdict).toEqual({ settled: true })
    expect(texts(wanting({ version: 15 }), bookworm).verdict).toEqual({ settled: true })
  })

  it('is the one of the PostgreSQL project unless another is named, and gives only what Debian lacks', () => {
    const { verdict, files } = texts(wanting({ version: 17 }), bookworm)
    expect(verdict.settled).toBe(false)
    expect(files['/etc/apt/sources.list.d/bramble-postgresql.sources']).toContain('Suites: bookworm-pgdg\n')
    const pins = files['/etc/apt/preferences.d/bramble-postgresql.pref']
    expect(pins).toContain(
      'Package: postgresql-17 postgresql-client-17 postgresql-17-* libpq5\nPin: release n=bookworm-pgdg\nPin-Priority: 500\n',
    )
    expect(pins).toContain('Package: *\nPin: release n=bookworm-pgdg\nPin-Priority: 100\n')
  })

  it('stays while the way back needs it, and goes when nothing does', () => {
    const wayBack = { version: 15, since: '2026-05-01T12:00:00.000Z' }
    expect(texts(wanting({ version: 17, wayBack }), {}).files).not.toEqual({})
    const step = archiveStep(wanting({ version: 17 }))
    const left = answers(step.reads, {
      over: step.reads
        .filter(({ key }) => key.includes('bramble-postgresql'))
        .map((fact) => [fact, { kind: 'file', content: 'old' }]),
    })
    expect(step.check(left).settled).toBe(false)
    expect(step.apply?.(left)).toMatchObject([{ argv: ['rm', '-f', expect.anything(), expect.anything()] }])
  })

  it.each([
    { archive: { uri: 'http://a.example\nTypes: deb' } },
    { archive: { uri: 'file:///etc' } },
    { archive: { suite: 'x y' } },
    { archive: { key: '../key' } },
    { archive: { components: [] } },
    { version: 14 },
  ])('refuses %j', (postgres) => expect(PostgresSpec.safeParse(postgres).success).toBe(false))
})

describe('data of another version', () => {
  const findings = (version: number | undefined, running: number | null) => {
    const context = version ? wanting({ version }) : contextOf('pi-2')
    const asked = preflightFacts(context)
    const there = asked.find(({ key }) => key.endsWith('/postgresql/15/home/PG_VERSION'))!
    const facts = answers(asked, { over: [[there, { kind: 'file' }]] })
    const pulse = { ...noPulse, postgresMajor: running, voters: ['pi-2'] }
    return preflight(context.spec, new Map([['pi-2', facts]]), new Map(), pulse)
      .filter(({ code }) => code === 'postgres-version')
      .map(({ message }) => message)
  }

  it('stops a plan that would start another one on it', () => {
    expect(findings(17, 15)).toEqual(['pi-2 has data of PostgreSQL 15, but the settings require 17.'])
    expect(findings(17, null)).toHaveLength(1)
    expect(findings(undefined, null)).toHaveLength(1)
  })

  it('is in no way of the version that runs', () => {
    expect(findings(15, 15)).toEqual([])
    expect(findings(undefined, 15)).toEqual([])
    expect(findings(17, 17)).toEqual([])
  })
})
