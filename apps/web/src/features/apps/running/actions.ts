'use server'
/** What changes where an app runs, and whether it does. */
import { AppName, ClusterName } from '@bramble/cluster'
import { changeApp, getApp, requestAvailability, requestScale } from '@bramble/db/apps'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { apps as words } from '../copy.ts'
import { running } from './copy.ts'
import { parseCronLines } from './cron-lines.ts'

type Asked = { deploy: string; run: string | null }
const unread = () => refuse(words.invalid, words.invalidCure)
const One = z.strictObject({ cluster: ClusterName, app: AppName })

const Scale = One.extend({ nodes: z.array(z.string().max(100)).max(32).nullable() })

/** `nodes` null: on every web node. */
export async function scaleApp(input: z.infer<typeof Scale>): Promise<Outcome<Asked>> {
  const who = await access.require('operator')
  const asked = Scale.safeParse(input)
  if (!asked.success) return unread()
  const { nodes, ...at } = asked.data
  return outcome(() => requestScale({ ...at, places: nodes === null ? null : { nodes }, by: who.email }))
}

const Available = One.extend({ to: z.enum(['running', 'stopped', 'maintenance']) })

export async function changeAvailability(input: z.infer<typeof Available>): Promise<Outcome<Asked>> {
  const who = await access.require('operator')
  const asked = Available.safeParse(input)
  if (!asked.success) return unread()
  return outcome(() => requestAvailability({ ...asked.data, by: who.email }))
}

const Cron = One.extend({ text: z.string().max(200_000) })

/** `text`: one command a line, as `name | schedule | command`. A command that keeps its name keeps its timeout. */
export async function changeCron(input: z.infer<typeof Cron>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Cron.safeParse(input)
  if (!asked.success) return unread()
  const { text, ...at } = asked.data
  const read = parseCronLines(text)
  if ('badLine' in read) return refuse(running.cron.badLine(read.badLine), running.cron.badCure)
  return outcome(async () => {
    const app = await getApp(at.cluster, at.app)
    const present = app?.spec.cron ?? app?.status?.cron ?? []
    const timeouts = new Map(present.map(({ name, timeout }) => [name, timeout]))
    const cron = read.jobs.map((job) => ({ ...job, timeout: timeouts.get(job.name) }))
    await changeApp({ ...at, change: { cron }, by: who.email })
    return {}
  })
}
