/**
 * "Test connection", in two steps: which host key answers at an address; then, with that key trusted, who signs in there. Asked by
 * the page, done by a worker; the password or key is sealed and gone afterwards.
 */
import { HostKeyFingerprint, Ipv4, UnixUser } from '@bramble/cluster'
import { z } from 'zod'
import { audited } from '../audit/audit.ts'
import { Prisma } from '../generated/client.ts'
import { placeOf } from '../secrets/sealed-places.ts'
import { seal, unseal } from '../secrets/sealing.ts'
import { NodeLogin } from '../secrets/secrets.ts'
import { databaseNow } from '../store/active.ts'
import { pool, prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { TroubleView } from '../store/trouble.ts'

const ProbeRequest = z.object({
  address: Ipv4,
  port: z.int().min(1).max(65535).default(22),
  user: UnixUser,
  password: z.string().min(1).max(1024).optional(),
  privateKey: z.string().min(1).max(16_384).optional(),
  /** The key that was compared. Without it no login is taken: it could be sent to anybody. */
  hostKey: HostKeyFingerprint.optional(),
  by: z.string(),
})
export type ProbeRequest = z.input<typeof ProbeRequest>

export type ProbeState = 'queued' | 'running' | 'succeeded' | 'failed'

export interface ProbeView {
  id: string
  address: string
  state: ProbeState
  /** Of the host key that the machine showed; null before and on failure. */
  fingerprint: string | null
  /** Model, system, memory, disk … as the machine says; null while only its host key is known. */
  machine: Record<string, unknown> | null
  trouble: TroubleView | null
}

/** Milliseconds until a probe that nobody took, or that a worker left, is called failed. */
const patience = { queued: 20_000, running: 90_000 }

/** Returns the probe's id. Refusal `probe-invalid`. */
export async function requestProbe(input: ProbeRequest): Promise<string> {
  return audited({ who: input.by, what: 'probe', target: input.address }, async () => {
    const parsed = ProbeRequest.safeParse(input)
    const given = input.password !== undefined || input.privateKey !== undefined
    const login = NodeLogin.safeParse(
      input.privateKey === undefined ? { password: input.password } : { privateKey: input.privateKey },
    )
    const lack =
      given && input.hostKey === undefined
        ? ['A login is sent only to a machine whose host key was compared.']
        : input.hostKey !== undefined && !login.success
          ? ['There is no password or key.']
          : []
    if (!parsed.success || lack.length > 0) {
      const issues = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`) ?? []
      throw new Refusal('probe-invalid', [...issues, ...lack].join(' '), 'Correct this and try again.')
    }
    const { address, port, user, hostKey, by } = parsed.data
    const { id } = await prisma().probe.create({
      data: { address, port, user, hostKey: hostKey ?? null, requestedBy: by },
    })
    if (login.success) {
      const sealed = await seal(JSON.stringify(login.data), placeOf.probe(id))
      await prisma().probe.update({ where: { id }, data: { sealed } })
    }
    await queue().add({ kind: 'probe', id }, `probe-${id}`)
    return id
  })
}

export async function getProbe(id: string): Promise<ProbeView | null> {
  if (!isId(id)) return null
  const [row, now] = await Promise.all([prisma().probe.findUnique({ where: { id } }), databaseNow()])
  if (!row) return null
  const view: ProbeView = {
    id,
    address: row.address,
    state: row.status as ProbeState,
    fingerprint: row.fingerprint,
    machine: row.machine as Record<string, unknown> | null,
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
  }
  const since = (row.startedAt ?? row.createdAt).getTime()
  if (row.status === 'queued' && now.getTime() - since > patience.queued)
    return {
      ...view,
      state: 'failed',
      trouble: {
        code: 'no-worker',
        message: 'No worker has picked this up.',
        cure: 'Check that the worker is running (./bramble up starts it), then test again.',
      },
    }
  if (row.status === 'running' && now.getTime() - since > patience.running)
    return {
      ...view,
      state: 'failed',
      trouble: { code: 'interrupted', message: 'The worker stopped during the test.', cure: 'Test again.' },
    }
  return view
}

export interface ClaimedProbe {
  id: string
  fence: number
  address: string
  port: number
  user: string
  /** Null: only the host key is asked for. */
  login: NodeLogin | null
  hostKey: string | null
}

/** For the worker. Null: nothing to do. A probe that is delivered again is done again; it changes nothing. */
export async function claimProbe(id: string): Promise<ClaimedProbe | null> {
  const { rows } = await pool().query<{ fence: number }>(
    `update probe set status = 'running', fence = fence + 1, started_at = now()
     where id = $1 and status in ('queued', 'running') and (sealed is not null or host_key is null) returning fence`,
    [id],
  )
  const fence = rows[0]?.fence
  const row = fence === undefined ? null : await prisma().probe.findUnique({ where: { id } })
  if (!row || fence === undefined) return null
  const { address, port, user, hostKey } = row
  const login = row.sealed ? NodeLogin.parse(JSON.parse(unseal(row.sealed, placeOf.probe(id)))) : null
  return { id, fence, address, port, user, hostKey, login }
}

/** Writes the result and forgets the login. */
export async function endProbe(
  probe: Pick<ClaimedProbe, 'id' | 'fence'>,
  result: { fingerprint: string; machine: object | null } | { trouble: TroubleView },
): Promise<void> {
  const ended = { sealed: null, endedAt: new Date() }
  await prisma().probe.updateMany({
    where: { id: probe.id, fence: probe.fence },
    data:
      'trouble' in result
        ? { ...ended, status: 'failed', trouble: result.trouble }
        : {
            ...ended,
            status: 'succeeded',
            fingerprint: result.fingerprint,
            machine: result.machine
              ? (JSON.parse(JSON.stringify(result.machine)) as Prisma.InputJsonObject)
              : Prisma.DbNull,
            trouble: Prisma.DbNull,
          },
  })
}

/** Forgets the logins of probes that nobody finished, and probes older than a week. */
export async function sweepProbes(): Promise<void> {
  await pool().query(
    `update probe set sealed = null, status = 'failed', ended_at = now()
     where sealed is not null and created_at < now() - interval '10 minutes'`,
  )
  await pool().query(`delete from probe where created_at < now() - interval '7 days'`)
}
