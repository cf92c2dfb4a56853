import { parseDotenv } from '@bramble/cluster'
import { Refusal } from '@bramble/db'
import { changeEnvironment, getApp } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'

interface EnvironmentContext {
  params: Promise<{ cluster: string; app: string }>
}

/** Bytes of a change; as much as the dashboard takes. */
const largest = 1_000_000
const Name = z.string().max(200)

const Asked = z.union([
  z.strictObject({
    set: z.record(Name, z.string()).default({}),
    unset: z.array(Name).max(500).default([]),
    secret: z.boolean().default(true),
  }),
  z.strictObject({ dotenv: z.string(), secret: z.boolean().default(true) }),
])

/** The names of the variables, and which are secret. No value is ever answered. */
export async function GET(request: Request, { params }: EnvironmentContext): Promise<Response> {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return apiAnswer(async () => names(await params))
}

/** Sets values, of JSON or of the text of a .env file, and unsets names. Takes effect with the next deploy or restart. */
export async function PATCH(request: Request, { params }: EnvironmentContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    const at = await params
    const asked = await jsonBody(request, Asked, largest)
    const change = asked && ('dotenv' in asked ? { set: fromDotenv(asked.dotenv), unset: [] } : asked)
    if (!asked || !change || Object.keys(change.set).length + change.unset.length === 0)
      throw new Refusal(
        'environment-invalid',
        'The body is not { "set": { "NAME": "value" }, "unset": ["NAME"] } or { "dotenv": "…" } in JSON of 1 MB at most.',
        'See docs/api.md.',
      )
    await changeEnvironment({ ...at, set: change.set, unset: change.unset, secret: asked.secret, by: who.by })
    return names(at)
  })
}

async function names({ cluster, app }: { cluster: string; app: string }) {
  const found = await getApp(cluster, app)
  if (!found) throw new Refusal('app-unknown', `There is no app ${app} on ${cluster}.`, 'Check both names.')
  return { variables: found.variables.map(({ name, value }) => ({ name, secret: value === null })) }
}

function fromDotenv(text: string): Record<string, string> {
  const parsed = parseDotenv(text)
  if ('environment' in parsed) return parsed.environment
  const lines = parsed.problems.slice(0, 10).map(({ line, message }) => `Line ${line}: ${message}.`)
  throw new Refusal('variable-invalid', lines.join(' '), 'Correct the file: nothing was set.')
}
