import { describe, expect, it } from 'vitest'
import { answers, contextOf } from '../../../test/context.ts'
import { Secret } from '../../engine/types.ts'
import { databaseStep, passwordChanged } from './database.ts'
import { isPasswordOf, scramVerifier } from './scram.ts'

const context = contextOf('pi-2')
const primary = {
  status: 200,
  body: JSON.stringify({ state: 'running', role: 'primary', server_version: 170000, patroni: { version: '4.0.7' } }),
  error: null,
}

function factsWith(step: ReturnType<typeof databaseStep>, stdout: string) {
  const [member, present] = step.reads
  return answers(step.reads, {
    over: [
      [member!, primary],
      [present!, { code: 0, stdout, stderr: '' }],
    ],
  })
}

/** Of PostgreSQL 17 for the password "theirs", with a salt of its own. */
const theirs = scramVerifier(new Secret('theirs'), 'anybody')
const ours = scramVerifier(context.secrets.application, 'PostgreSQL itself chose another salt')
const statement = (step: ReturnType<typeof databaseStep>, facts: ReturnType<typeof factsWith>) => {
  const [action] = step.apply!(facts)
  return action?.kind === 'run' && action.stdin instanceof Secret ? action.stdin.reveal() : ''
}

describe('the password of the application', () => {
  it('that somebody changed is left alone by a plan, and said', () => {
    const step = databaseStep(context)
    const facts = factsWith(step, `role t ${theirs}\ndatabase\n`)
    expect(step.check(facts)).toEqual({ settled: true })
    expect(passwordChanged(context, facts)).toBe(true)
    expect(statement(step, facts)).not.toMatch(/alter role .* password/)
  })

  it('that Bramble keeps is known with whatever salt', () => {
    expect(passwordChanged(context, factsWith(databaseStep(context), `role t ${ours}\ndatabase\n`))).toBe(false)
  })

  it('is set again when that was asked for', () => {
    const step = databaseStep(context, { password: 'set' })
    const facts = factsWith(step, `role t ${theirs}\ndatabase\n`)
    expect(step.check(facts)).toEqual({ settled: false, because: 'the password of app differs' })
    expect(statement(step, facts)).toMatch(/alter role "app" login password 'SCRAM-SHA-256\$/)
    expect(step.check(factsWith(step, `role t ${ours}\ndatabase\n`))).toEqual({ settled: true })
  })

  it('comes with a user that is made, and none is set where there was none', () => {
    const step = databaseStep(context)
    expect(step.check(factsWith(step, 'database\n'))).toEqual({ settled: false, because: 'the user app is missing' })
    expect(step.check(factsWith(step, 'role t -\ndatabase\n'))).toEqual({ settled: true })
    expect(step.check(factsWith(step, `role f ${ours}\ndatabase\n`))).toMatchObject({
      because: 'the user app has no login permission',
    })
  })
})

describe('a verifier', () => {
  it('of PostgreSQL itself is recognized', () => {
    // select rolpassword … after: alter role x password 'geheim'
    const made = scramVerifier(new Secret('geheim'), 'x')
    expect(isPasswordOf(made, new Secret('geheim'))).toBe(true)
    expect(isPasswordOf(made, new Secret('Geheim'))).toBe(false)
  })

  it('that is none, or that would keep this machine busy, is nobody’s', () => {
    for (const text of ['', '-', 'md5abc', 'SCRAM-SHA-256$0:YQ==$YQ==:YQ==', 'SCRAM-SHA-256$999999:YQ==$YQ==:YQ=='])
      expect(isPasswordOf(text, new Secret('x'))).toBe(false)
  })
})
