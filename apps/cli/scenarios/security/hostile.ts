/** Hostile text, put into all that a page shows. */
import type { Card, Plan } from '@bramble/cluster'
import { prisma } from '@bramble/db'
import { claimDeliveries, endDeliveries, settleAlerts } from '@bramble/db/alerts'
import { recordAudit } from '@bramble/db/audit'
import { changeBackups, noteRepositoryTrouble, storeDrill, storeRepository } from '@bramble/db/backups'
import {
  announceStation,
  cardsToFlash,
  claimImageCopy,
  endCardRecord,
  endImageCopy,
  listImages,
  requestFlash,
  requestImageCopy,
  storeCatalogue,
} from '@bramble/db/flash'
import { claimRun, endRun, type Lease, requestRun, writeJournal } from '@bramble/db/runs'
import { type Answer, form } from './caller.ts'
import type { Corpus } from './corpus.ts'
import type { Dashboard } from './dashboard.ts'
import { plantWatch } from './hostile-watch.ts'

const by = 'ada@people.test'
const begun = new Date()
const digest = 'd'.repeat(64)

/** Fills a running dashboard. The worker must hold still, as nobody is to act on any of this. Returns ids for addresses. */
export async function plantHostileText(dashboard: Dashboard, corpus: Corpus): Promise<{ plan: string; flash: string }> {
  const cluster = dashboard.parameters.cluster ?? ''
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster }, select: { id: true } })
  await throughTheDoors(dashboard, corpus, cluster)
  await plantWatch(corpus, cluster, id)
  await plantAlerts(corpus, id)
  const plan = await plantPlan(corpus, cluster)
  const flash = await plantFlash(corpus, cluster)
  await plantBackups(corpus, cluster, id, plan)
  const audit = (field: string) => corpus.text('/audit', `audit: ${field}`)
  await recordAudit({ who: by, what: 'image.add', target: audit('target'), outcome: 'done', detail: audit('detail') })
  return { plan, flash }
}

/** What people type, by the actions behind the forms. */
async function throughTheDoors(dashboard: Dashboard, corpus: Corpus, cluster: string): Promise<void> {
  const cookie = await dashboard.session('admin')
  const call = async (action: string, ...args: unknown[]) => {
    const answer = await dashboard.call(action, { args, cookie })
    if (!accepted(answer)) throw new Error(`${action}: ${answer.status} ${answer.body.slice(0, 500)}`)
  }
  const password = 'correct horse battery eve'
  const person = { name: corpus.name('/settings/people', 'name of a person'), email: 'eve@people.test', role: 'viewer' }
  await call('addUser', null, form({ ...person, password }))
  await call('makeToken', { name: corpus.name('/settings/tokens', 'name of a token'), role: 'viewer', days: 30 })
  const config = { kind: 'ntfy', server: 'http://127.0.0.1:9', topic: 'nobody' }
  const channel = corpus.name('/settings/notifications', 'name of a channel')
  await call('addChannel', { name: channel, leastLevel: 'info', config })
  const reason = corpus.text('/alerts', 'reason of a silence')
  const until = new Date(Date.now() + 86_400_000).toISOString()
  await call('silence', { cluster, rule: 'disk-full', node: 'pi-2', until, reason })
  const image = corpus.text('/images', 'name of an image')
  const path = `/${corpus.name('/images', 'path of an image')}.img`
  await call('add', { name: image, source: { kind: 'file', path } })
  await call('changeProfile', null, form({ name: corpus.name('/settings/account', 'own name'), email: by }))
  // A browser that says of itself what it likes.
  const agent = corpus.name(null, 'name of a browser')
  const signIn = { args: [null, form({ email: by, password: 'correct horse battery ada' })] }
  await dashboard.call('signIn', { ...signIn, headers: { 'user-agent': agent } })
}

/** An action's answer carries what it returned; a refusal says so. */
const accepted = ({ status, body }: Answer) => status < 400 && !/"ok":false/.test(body)

async function plantAlerts(corpus: Corpus, cluster: string): Promise<void> {
  const row = {
    ...{ id: null, rule: 'node-down' as const, node: 'pi-3', state: 'open' as const, level: 'critical' as const },
    subject: corpus.name('/alerts', 'subject of an alert'),
    words: corpus.text('/alerts', 'words of an alert'),
    cure: corpus.text('/alerts', 'remedy of an alert'),
    ...{ value: null, since: begun, firedAt: begun, absentSince: null, overAt: null, wordsAt: begun },
    ...{ times: 1, toldLevel: 'critical' as const },
  }
  await settleAlerts({
    cluster,
    recent: new Date(0),
    decide: () => ({ save: [{ row, tell: 'fired' }], drop: [] }),
  })
  await prisma().delivery.updateMany({ data: { nextTry: new Date(0) } })
  const batch = await claimDeliveries('the tests')
  if (!batch) throw new Error('No message was queued')
  const page = '/settings/notifications'
  const trouble = { code: 'refused', message: corpus.text(page, 'an answer'), cure: corpus.text(page, 'its remedy') }
  await endDeliveries({ owner: 'the tests', ids: batch.deliveries.map((one) => one.id) }, { trouble, again: false })
}

async function plantPlan(corpus: Corpus, cluster: string): Promise<string> {
  const run = await requestRun({ cluster, request: { kind: 'plan' }, by })
  const lease = await mine(run)
  const [page, plan] = [`/runs/${run}`, `/clusters/${cluster}/plan/${run}`]
  const onRun = (place: string) => corpus.text(page, `run: ${place}`)
  const onPlan = (place: string) => corpus.text(plan, `plan: ${place}`)
  const step = (id: string): NonNullable<Plan['nodes'][number]['steps']>[number] => ({
    ...{ id, role: 'base', title: onPlan('title of a step'), verdict: 'todo', because: onPlan('why a step') },
    actions: [
      { kind: 'run', argv: ['echo', onPlan('an argument')], as: 'root' },
      {
        kind: 'put',
        path: onPlan('a path'),
        mode: '0644',
        owner: 'root',
        secret: false,
        diff: corpus.text(null, 'plan: a diff'),
      },
    ],
    ...{ signature: 'a'.repeat(64), destroys: onPlan('what is lost'), disrupts: onPlan('what stops') },
  })
  await writeJournal(lease, {
    lines: (['stdout', 'stderr', 'bramble'] as const).map((stream) => ({
      ...{ node: 'pi-1', step: 'base/one', stream, at: new Date() },
      text: onRun(`a line on ${stream}`),
    })),
    steps: [
      {
        ...{ node: 'pi-1', step: 'base/one', status: 'failed', seconds: 1 },
        title: onRun('title of a step'),
        because: onRun('why a step'),
        error: { code: 'bad', message: onRun('error of a step'), cure: onRun('remedy of a step') },
      },
    ],
    plan: {
      ...{ digest, rollout: 'together', order: ['pi-1'], changes: 1 },
      nodes: [
        { node: 'pi-1', steps: [step('base/one')], trouble: null },
        {
          node: 'pi-2',
          steps: null,
          trouble: { code: 'bad', message: onPlan('trouble of a Pi'), cure: onPlan('remedy of a Pi') },
        },
      ],
      findings: [
        {
          level: 'warning',
          code: 'odd',
          node: null,
          message: onPlan('a finding'),
          cure: onPlan('remedy of a finding'),
        },
      ],
    },
  })
  const nodes = [{ node: 'pi-1', outcome: 'failed', changed: 0, message: corpus.text(null, 'run: outcome of a Pi') }]
  await endRun(lease, {
    status: 'succeeded',
    outcome: { status: 'succeeded', changed: 0, seconds: 1, message: onRun('outcome'), nodes },
    trouble: null,
  })
  // Built once, the cluster shows what is known of it live.
  const built = await mine(await requestRun({ cluster, request: { kind: 'provision', approved: digest }, by }))
  const outcome = { status: 'succeeded' as const, changed: 0, seconds: 1, message: 'Done.', nodes: [] }
  await endRun(built, { status: 'succeeded', outcome, trouble: null })
  return run
}

/** A station, its cards, an image on it and a flash that failed. */
async function plantFlash(corpus: Corpus, cluster: string): Promise<string> {
  const [page, images] = ['/flash', '/images']
  await storeCatalogue([
    {
      name: corpus.name(images, 'name in the catalogue'),
      description: corpus.text(images, 'description in the catalogue'),
      ...{ release: 'trixie', url: 'https://images.example.org/one.img.xz', bundled: false },
    },
  ])
  const first = await keepStation(corpus.name(page, 'name of a station'), [hostileCard(corpus, '/dev/sdx')])
  const image = (await listImages())[0]!
  await requestImageCopy({ image: image.id, station: first.id, by })
  if (!(await claimImageCopy({ image: image.id, station: first.id }))) throw new Error('There is no copy to prepare')
  const facts = { size: 2e9, sha256: 'a'.repeat(64), firstBoot: 'cloud-init' as const, data: 1e9 }
  const os = corpus.text(images, 'name of a system')
  await endImageCopy({ image: image.id, station: first.id, facts: { ...facts, os }, bytesOnDisk: 1e9 })
  const card = first.cards[0]!
  const { run } = await requestFlash({
    ...{ cluster, confirmed: { 'pi-1': 'pi-1' }, by },
    flash: {
      ...{ station: first.id, image: image.id },
      cards: [{ node: 'pi-1', card: card.identity, fixedDisk: false }],
      settings: {
        ...{ network: 'static', prefix: 24, gateway: null, dns: [], locale: 'en_GB.UTF-8', keyboard: 'us' },
        probeCapacity: false,
      },
    },
  })
  const lease = await mine(run)
  const on = (place: string) => corpus.text(`/flash/${run}`, `flash: ${place}`)
  for (const { card: record } of await cardsToFlash(run))
    await endCardRecord(lease, record, {
      outcome: 'failed',
      report: {
        ...{ identity: card.identity, vendor: card.vendor, model: card.model, before: card.contents },
        ...{ written: 1, verified: 0, writeSeconds: 1, verifySeconds: 1, hostKey: null },
        badRanges: [{ offset: 0, length: 1 }],
      },
      trouble: { code: 'bad', message: on('trouble of a card'), cure: on('remedy of a card') },
    })
  const trouble = { code: 'bad', message: on('trouble of the run'), cure: on('remedy of the run') }
  await endRun(lease, { status: 'failed', outcome: null, trouble })
  return run
}

function hostileCard(corpus: Corpus, path: string): Card {
  const on = (place: string) => corpus.name('/flash', `card: ${place}`)
  return {
    identity: { path, size: 16e9, serial: on('serial'), cid: null, diskseq: '7' },
    ...{ vendor: on('vendor'), model: on('model'), bus: 'usb', removable: true, offer: 'offered', reason: '' },
    contents: { kind: 'other', words: corpus.text('/flash', 'card: contents') },
  }
}

let station: Parameters<typeof announceStation>[0] & { cards: Card[] }

async function keepStation(name: string, cards: Card[]) {
  station = { id: 'station-of-strangers', name, owner: 'the tests', cards, networks: [], lacks: [] }
  await announceStation(station)
  return station
}

/** A station that is silent for 15 s is away, and its cards are not shown. */
export const announceAgain = (): Promise<void> => announceStation(station)

async function plantBackups(corpus: Corpus, cluster: string, clusterId: string, run: string): Promise<void> {
  const page = `/clusters/${cluster}/backups`
  await changeBackups({ cluster, backup: { repository: { kind: 'node', node: 'pi-1' } }, by })
  const on = (place: string) => corpus.text(page, `backups: ${place}`)
  await storeRepository({
    clusterId,
    state: {
      backups: [
        {
          ...{ label: on('label'), type: 'full', startedAt: begun.toISOString(), endedAt: begun.toISOString() },
          ...{ size: 1, added: 1, walStart: 'a', walStop: 'b', damaged: true },
        },
      ],
      ...{ walNewest: null, trouble: null },
    },
  })
  await noteRepositoryTrouble(clusterId, { code: 'bad', message: on('trouble'), cure: on('cure') })
  await storeDrill({ clusterId, run, requestedBy: by, good: false, message: on('message of a drill'), result: null })
}

async function mine(run: string): Promise<Lease> {
  const lease = await claimRun(run, 'the tests')
  if (!lease) throw new Error('The run could not be claimed')
  return lease
}
