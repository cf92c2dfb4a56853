/** Where alerts are sent. Admins make channels; their settings are sealed and never leave the worker again. */
import { randomUUID } from 'node:crypto'
import { AlertLevel, ChannelConfig, ChannelKind, ChannelName, channelPlace } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { Prisma } from '../generated/client.ts'
import { placeOf } from '../secrets/sealed-places.ts'
import { seal, unseal } from '../secrets/sealing.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { isId } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import { Refusal } from '../store/refusal.ts'
import { TroubleView } from '../store/trouble.ts'

export interface ChannelView {
  id: string
  name: string
  kind: ChannelKind
  /** Host and the like; nothing secret. */
  place: string
  /** What is less grave is not sent there. */
  leastLevel: AlertLevel
  enabled: boolean
  by: string
  /** ISO times. */
  createdAt: string
  /** The newest message, or heartbeat, that was sent or failed; null: none yet. */
  last: { at: string; state: 'sent' | 'failed' | 'retrying'; trouble: TroubleView | null } | null
}

export async function listChannels(): Promise<ChannelView[]> {
  const rows = await prisma().channel.findMany({
    omit: { sealed: true },
    include: { deliveries: { where: { attempts: { gt: 0 } }, orderBy: { createdAt: 'desc' }, take: 1 } },
    orderBy: { name: 'asc' },
  })
  return rows.map((row) => {
    const last = row.deliveries[0]
    const beat = row.kind === 'heartbeat' ? heartbeatOf(row) : null
    return {
      ...{ id: row.id, name: row.name, place: row.place, enabled: row.enabled, by: row.madeBy },
      kind: ChannelKind.catch('webhook').parse(row.kind),
      leastLevel: AlertLevel.catch('warning').parse(row.leastLevel),
      createdAt: row.createdAt.toISOString(),
      last: beat ?? (last ? deliveryOf(last) : null),
    }
  })
}

function deliveryOf(row: {
  sentAt: Date | null
  createdAt: Date
  state: string
  trouble: unknown
}): ChannelView['last'] {
  return {
    at: (row.sentAt ?? row.createdAt).toISOString(),
    state: row.state === 'sent' || row.state === 'failed' ? row.state : 'retrying',
    trouble: TroubleView.safeParse(row.trouble).data ?? null,
  }
}

function heartbeatOf(row: { heartbeatAt: Date | null; heartbeatTrouble: unknown }): ChannelView['last'] {
  if (!row.heartbeatAt) return null
  const trouble = TroubleView.safeParse(row.heartbeatTrouble).data ?? null
  return { at: row.heartbeatAt.toISOString(), state: trouble ? 'retrying' : 'sent', trouble }
}

/** Refusal `channel-invalid`, `channel-exists`. */
export async function addChannel(input: {
  name: string
  config: ChannelConfig
  leastLevel: AlertLevel
  by: string
}): Promise<{ id: string }> {
  const { by } = input
  return audited({ who: by, what: 'channel.add', target: String(input.name), detail: input.config?.kind }, async () => {
    const name = ChannelName.safeParse(input.name)
    const config = ChannelConfig.safeParse(input.config)
    const leastLevel = AlertLevel.safeParse(input.leastLevel)
    if (!name.success || !config.success || !leastLevel.success) {
      const fields = {
        ...fieldWords(config.error?.issues ?? [], input.config),
        ...(name.success ? {} : { name: Object.values(fieldWords(name.error.issues, input.name))[0] ?? '' }),
        ...(leastLevel.success ? {} : { level: 'This level does not exist.' }),
      }
      throw new Refusal('channel-invalid', inOneLine(fields, 'kind'), 'Correct these and try again.', { fields })
    }
    try {
      const id = randomUUID()
      await prisma().channel.create({
        data: {
          ...{ id, name: name.data, kind: config.data.kind, place: channelPlace(config.data), madeBy: by },
          leastLevel: leastLevel.data,
          sealed: await seal(JSON.stringify(config.data), placeOf.channel(id)),
        },
      })
      return { id }
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
        throw new Refusal('channel-exists', `There is a channel ${name.data} already.`, 'Choose another name.', {
          fields: { name: `There is a channel ${name.data} already. Choose another name.` },
        })
      throw error
    }
  })
}

/** For the worker alone. */
export function openChannel(row: { id: string; sealed: Uint8Array }): ChannelConfig {
  return ChannelConfig.parse(JSON.parse(unseal(row.sealed, placeOf.channel(row.id))))
}

/** Refusal `channel-unknown`, `channel-invalid`. */
export async function changeChannel(input: {
  id: string
  enabled?: boolean | undefined
  leastLevel?: AlertLevel | undefined
  by: string
}): Promise<void> {
  const { id, enabled, leastLevel } = input
  const detail = [enabled === undefined ? '' : enabled ? 'on' : 'off', leastLevel ?? ''].filter(Boolean).join(', ')
  await audited({ who: input.by, what: 'channel.change', target: await nameOf(id), detail }, async () => {
    if (leastLevel !== undefined && !AlertLevel.safeParse(leastLevel).success)
      throw new Refusal('channel-invalid', 'This level does not exist.', 'Reload the page.')
    await findChannel(id)
    if (enabled === false) await giveUp(id)
    const data = { ...(enabled === undefined ? {} : { enabled }), ...(leastLevel === undefined ? {} : { leastLevel }) }
    await prisma().channel.update({ where: { id }, data })
  })
}

/** Its messages go with it, also those that are still to be sent. Refusal `channel-unknown`. */
export async function removeChannel(input: { id: string; by: string }): Promise<void> {
  await audited({ who: input.by, what: 'channel.remove', target: await nameOf(input.id) }, async () => {
    await findChannel(input.id)
    await prisma().channel.delete({ where: { id: input.id } })
  })
}

/** A worker sends a test at once, and does not try again. Returns the id of the message. Refusal `channel-unknown`. */
export async function testChannel(input: { id: string; by: string }): Promise<{ id: string }> {
  return audited({ who: input.by, what: 'channel.test', target: await nameOf(input.id) }, async () => {
    await findChannel(input.id)
    const made = await prisma().delivery.create({
      data: { channelId: input.id, event: 'test', nextTry: new Date(0), requestedBy: input.by },
    })
    await notify('bramble_delivery', made.id)
    return { id: made.id }
  })
}

/** Who turns a channel off does not want yesterday's messages when it is on again. */
async function giveUp(channelId: string): Promise<void> {
  const trouble = { code: 'channel-off', message: 'The channel was turned off.', cure: 'Turn it on for what comes.' }
  await prisma().delivery.updateMany({ where: { channelId, state: 'queued' }, data: { state: 'failed', trouble } })
}

async function findChannel(id: string): Promise<void> {
  const found = isId(id) ? await prisma().channel.findUnique({ where: { id }, select: { id: true } }) : null
  if (!found) throw new Refusal('channel-unknown', 'This channel no longer exists.', 'Reload the page.')
}

/** For the audit, which outlives the channel. */
async function nameOf(id: string): Promise<string> {
  const row = isId(id) ? await prisma().channel.findUnique({ where: { id }, select: { name: true } }) : null
  return row?.name ?? id
}
