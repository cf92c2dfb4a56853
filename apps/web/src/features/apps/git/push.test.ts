import { expect, test } from 'vitest'
import { judgePush } from './push.ts'

const after = 'a'.repeat(40)
const push = (change: object = {}) => ({
  ref: 'refs/heads/main',
  after,
  repository: { default_branch: 'main' },
  ...change,
})
const judge = (body: unknown, hook: { branch?: string; tip?: string } = {}, headers: Record<string, string> = {}) => {
  const sent = new Headers({ 'x-github-event': 'push', 'content-type': 'application/json', ...headers })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return judgePush(sent, Buffer.from(text), { branch: hook.branch ?? null, tip: hook.tip ?? null })
}
const accepted = { state: 'accepted' }
const ignored = (reason: RegExp) => ({ state: 'ignored', reason: expect.stringMatching(reason) })

test('a push to the branch is accepted, whichever server says it', () => {
  expect(judge(push())).toEqual(accepted)
  expect(judge(push({ ref: 'refs/heads/live' }), { branch: 'live' })).toEqual(accepted)
  const gitlab = { ref: 'refs/heads/main', after, project: { default_branch: 'main' } }
  const by = (event: string, name: string, body: object) =>
    judgePush(new Headers({ [event]: name }), Buffer.from(JSON.stringify(body)), { branch: null, tip: null })
  expect(by('x-gitlab-event', 'Push Hook', gitlab)).toEqual(accepted)
  expect(by('x-gitea-event', 'push', push())).toEqual(accepted)
})

test('the form that GitHub sends by default is read, too', () => {
  const form = new URLSearchParams({ payload: JSON.stringify(push()) }).toString()
  expect(judge(form, {}, { 'content-type': 'application/x-www-form-urlencoded' })).toEqual(accepted)
})

test('other branches, tags, other events, deletions and duplicates are ignored, each with its reason', () => {
  expect(judge(push({ ref: 'refs/heads/else' }))).toEqual(ignored(/another branch/i))
  expect(judge(push({ ref: 'refs/tags/main' }))).toEqual(ignored(/another branch/i))
  expect(judge(push(), { branch: 'live' })).toEqual(ignored(/another branch/i))
  expect(judge(push({ after: '0'.repeat(40) }))).toEqual(ignored(/deleted/))
  expect(judge(push(), { tip: after })).toEqual(ignored(/already/))
  expect(judge(push(), {}, { 'x-github-event': 'ping' })).toEqual(ignored(/not a push/))
  expect(judge('no json')).toEqual(ignored(/does not name/))
  expect(judge([])).toEqual(ignored(/does not name/))
})
