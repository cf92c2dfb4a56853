import { describe, expect, it } from 'vitest'
import { answers, contextOf, noPulse, spec, stored } from '../../../test/context.ts'
import { type RoleContext, Secret } from '../../engine/types.ts'
import { openSecrets } from '../../secrets/index.ts'
import { advanceRotation, prepareRotation } from '../../secrets/rotation.ts'
import { identityStep } from '../certificates.ts'
import { rolePasswords } from './role-passwords.ts'
import { isPasswordOf, scramVerifier } from './scram.ts'

const now = new Date()
const choice = { application: true, sftp: false }
const trust = await prepareRotation(spec, stored, { asked: 'x', choice, now })
const identity = await advanceRotation(spec, trust, 'trust', now)
const passwords = await advanceRotation(spec, identity, 'identity', now)
const context = (kept: typeof stored): RoleContext => ({ ...contextOf('pi-2'), secrets: openSecrets(kept) })
const member = (role: string) => ({
  status: 200,
  body: JSON.stringify({ state: 'running', role, server_version: 170000, patroni: { version: '4.0.7' } }),
  error: null,
})

describe('the passwords of the PostgreSQL roles', () => {
  const { secrets } = context(passwords)
  const step = rolePasswords(context(passwords))[0]!
  const wanted = {
    postgres: secrets.superuser,
    replicator: secrets.replication,
    rewind: secrets.rewind,
    app: secrets.application,
  }
  const rows = (of: Record<string, Secret>) =>
    Object.entries(of)
      .map(([name, password]) => `${name} ${scramVerifier(password, 'another salt')}`)
      .join('\n')
  const check = (role: string, stdout: string) =>
    step.check(
      answers(step.reads, {
        over: [
          [step.reads[0]!, member(role)],
          [step.reads[1]!, { code: 0, stdout, stderr: '' }],
        ],
      }),
    )

  it('are looked at only while they are replaced: at other times people may have changed one', () => {
    for (const kept of [stored, trust, identity]) expect(rolePasswords(context(kept))).toEqual([])
  })

  it('are set where one differs, on the primary, and never shown', () => {
    expect(check('primary', rows(wanted))).toEqual({ settled: true })
    const old = { ...wanted, rewind: new Secret(stored.rewind!), app: new Secret('theirs') }
    expect(check('primary', rows(old))).toEqual({ settled: false, because: 'to be replaced: rewind, app' })
    expect(check('replica', rows(old))).toEqual({ settled: true })
    const [action] = step.apply!(answers(step.reads))
    const text = action?.kind === 'run' && action.stdin instanceof Secret ? action.stdin.reveal() : ''
    for (const [name, password] of Object.entries(wanted)) {
      expect(text).not.toContain(password.reveal())
      expect(isPasswordOf(new RegExp(`"${name}" password '([^']+)'`).exec(text)?.[1] ?? '', password)).toBe(true)
    }
  })

  it('leave that of the application alone where it is kept', async () => {
    const kept = { ...passwords, 'rotation.application': 'kept' }
    const [only] = rolePasswords(context(kept))
    const [action] = only!.apply!(answers(only!.reads))
    expect(action?.kind === 'run' && action.stdin instanceof Secret && action.stdin.reveal()).not.toContain('"app"')
  })

  it('come before the files of other nodes where the cluster serves, and after the election where it does not', () => {
    const pulse = (primary: string | null) => ({ ...context(passwords), pulse: { ...noPulse, primary } })
    expect(rolePasswords(pulse('pi-3'))[0]).toMatchObject({ visit: 'first' })
    expect(rolePasswords(pulse(null))[0]).not.toHaveProperty('visit')
  })
})

describe('a node’s certificate and keys', () => {
  const there = (kept: typeof stored) => {
    const step = identityStep(context(kept))
    const old = identityStep(context(stored))
    const put = old.apply!(
      answers(old.reads, {
        over: old.reads.map((fact) => [fact, { kind: 'file', sha256: 'other', owner: '', mode: 0 }]),
      }),
    )[0]!
    const present = new Map((put.kind === 'put-all' ? put.files : []).map(({ path }) => [path, path]))
    return { step, paths: [...present.keys()] }
  }

  it('are replaced at once, each for its own user, where another key is due', () => {
    const { step, paths } = there(identity)
    expect(paths).toEqual([
      '/etc/bramble/node.key',
      '/etc/bramble/etcd.key',
      '/etc/bramble/postgres.key',
      '/etc/bramble/node.crt',
    ])
    const facts = answers(step.reads, {
      over: step.reads.map((fact) => [fact, { kind: 'file', sha256: 'old', owner: '', mode: 0 }]),
    })
    expect(step.check(facts).settled).toBe(false)
    const actions = step.apply!(facts)
    expect(actions).toHaveLength(1)
    expect(actions[0]).toMatchObject({
      kind: 'put-all',
      files: paths.map((path) => ({ path, mode: path.endsWith('.key') ? 0o600 : 0o644 })),
    })
  })

  it('come with their roles where a node has none yet', () => {
    const { step } = there(identity)
    expect(step.check(answers(step.reads))).toEqual({ settled: true })
  })
})
