import { randomUUID } from 'node:crypto'
import { access, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Card, FlashSettings } from '@bramble/cluster'
import { must } from '@bramble/process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contextOf, spec, stored } from '../../test/context.ts'
import { buildPiImage } from '../../test/pi-image.ts'
import { listCards } from './devices/index.ts'
import { type FlashEvent, type FlashInput, type FlashPlan, flashCards } from './flash.ts'
import { prepareImage } from './image/index.ts'

const hasLoops = await access('/dev/loop-control').then(
  () => process.getuid?.() === 0,
  () => false,
)
const MIB = 1024 * 1024

describe.skipIf(!hasLoops)('cards', () => {
  let folder: string
  const loops: string[] = []
  const before = process.env.BRAMBLE_CARD_SLOTS

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bramble-flash-test-'))
    process.env.BRAMBLE_CARD_SLOTS = folder
    await buildPiImage({ file: join(folder, 'source.raw'), firstBoot: 'cloud-init', sizeMiB: 96 })
  })

  afterAll(async () => {
    for (const device of loops) await must(['losetup', '--detach', device])
    if (before === undefined) delete process.env.BRAMBLE_CARD_SLOTS
    else process.env.BRAMBLE_CARD_SLOTS = before
    await rm(folder, { recursive: true, force: true })
  })

  async function insertCard(sizeMiB: number): Promise<Card> {
    const file = join(folder, `${randomUUID()}.img`)
    await writeFile(file, '')
    await truncate(file, sizeMiB * MIB)
    const device = (await must(['losetup', '--find', '--show', '--direct-io=on', file])).trim()
    loops.push(device)
    const card = (await listCards()).find(({ identity }) => identity.path === device)
    if (!card) throw new Error(`${device} is not listed`)
    return card
  }

  const planOf = (node: string, card: Card): FlashPlan => ({
    node,
    cardId: randomUUID(),
    identity: card.identity,
    fixedDisk: false,
  })

  function inputOf(cards: FlashPlan[], events: FlashEvent[], change: Partial<FlashInput> = {}): FlashInput {
    const source = { kind: 'file', path: join(folder, 'source.raw') } as const
    return {
      image: () => prepareImage({ source, id: 'b7f9ac5e-4a55-4a3e-8d0c-1d2f5d1f9d11', cache: join(folder, 'images') }),
      cards,
      settings: FlashSettings.parse({}),
      cluster: spec,
      authorizedKey: stored['ssh.public'] ?? '',
      callHome: (address) => [`http://192.0.2.1:3010/${address}`],
      protect: [],
      workdir: join(folder, 'work'),
      signal: new AbortController().signal,
      emit: (event) => void events.push(event),
      ...change,
    }
  }

  async function firstBlock(path: string): Promise<Buffer> {
    const handle = await open(path, 'r')
    try {
      return (await handle.read(Buffer.alloc(MIB), 0, MIB, 0)).buffer
    } finally {
      await handle.close()
    }
  }

  test('two cards become two nodes, each with a key of its own, and say so when they are looked at again', async () => {
    const events: FlashEvent[] = []
    const cards = [await insertCard(160), await insertCard(128)] as const
    expect(cards.map((card) => card.contents.kind)).toEqual(['blank', 'blank'])
    const outcomes = await flashCards(inputOf([planOf('pi-1', cards[0]), planOf('pi-2', cards[1])], events))
    expect(outcomes.map(({ outcome, trouble }) => [outcome, trouble])).toEqual([
      ['written', null],
      ['written', null],
    ])
    const keys = outcomes.map(({ report }) => report?.hostKey)
    expect(new Set(keys).size).toBe(2)
    for (const { node, report } of outcomes) {
      const key = events.findIndex((event) => event.type === 'flash-key' && event.node === node)
      const writing = events.findIndex(
        (event) => event.type === 'flash-phase' && event.node === node && event.phase === 'writing',
      )
      expect(key, 'the key is told before it is written').toBeGreaterThan(-1)
      expect(key).toBeLessThan(writing)
      expect(report?.verified).toBe(96 * MIB)
      expect(report?.before.kind).toBe('blank')
    }
    const listed = await listCards()
    for (const [index, node] of ['pi-1', 'pi-2'].entries()) {
      const again = listed.find(({ identity }) => identity.path === cards[index]?.identity.path)
      expect(again?.contents).toMatchObject({ kind: 'bramble', node, cluster: spec.name })
    }
    expect(contextOf('pi-2').node.roles).toEqual(['etcd', 'postgres', 'web'])
  })

  test('a cancelled flash leaves a card that does not boot, and nothing of its secrets', async () => {
    const card = await insertCard(128)
    const cancel = new AbortController()
    const events: FlashEvent[] = []
    const [outcome] = await flashCards(
      inputOf([planOf('pi-3', card)], events, {
        signal: cancel.signal,
        emit: (event) => {
          events.push(event)
          if (event.type === 'flash-phase' && event.phase === 'writing') cancel.abort()
        },
      }),
    )
    expect(outcome).toMatchObject({ outcome: 'cancelled', trouble: { code: 'cancelled' } })
    expect((await firstBlock(card.identity.path)).every((byte) => byte === 0)).toBe(true)
    expect(outcome?.trouble?.message).toContain('its previous content is lost')
    await expect(access(join(folder, 'work', outcome?.cardId ?? 'none'))).rejects.toThrow('ENOENT')
  })

  test('what goes wrong with one card stops no other', async () => {
    const [good, small] = [await insertCard(128), await insertCard(64)]
    const outcomes = await flashCards(inputOf([planOf('pi-1', good), planOf('pi-2', small)], []))
    expect(outcomes.map(({ outcome, trouble }) => [outcome, trouble?.code ?? null])).toEqual([
      ['written', null],
      ['failed', 'card-too-small'],
    ])
  })

  test('one card for two nodes, and one node with two cards, are refused before anything is touched', async () => {
    const card = await insertCard(128)
    const plan = planOf('pi-1', card)
    await expect(flashCards(inputOf([plan, planOf('pi-2', card)], []))).rejects.toMatchObject({ code: 'card-twice' })
    const other = { ...card, identity: { ...card.identity, path: '/dev/loop-none' } }
    await expect(flashCards(inputOf([plan, planOf('pi-1', other)], []))).rejects.toMatchObject({ code: 'node-twice' })
  })
})
