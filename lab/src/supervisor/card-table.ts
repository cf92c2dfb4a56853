/** What a person does with the cards of a lab: put one into the reader or into a node, take it out, erase it. */
import { requireFree } from '../cards/card-disk.ts'
import {
  attachCard,
  blankCard,
  type CardFaults,
  carryCard,
  detachCard,
  makeCard,
  type SlotRecord,
  slotName,
} from '../cards/card-slots.ts'
import { LabError } from '../host/errors.ts'
import { type Layout, nodeLayout } from '../host/layout.ts'
import { hasPower } from '../nodes/power.ts'
import type { LabRecord } from '../nodes/record.ts'
import type { CardRequest } from './control.ts'

/** More readers than that nobody has on a table. */
export const maxSlots = 16

export class CardTable {
  readonly #layout: Layout
  readonly #record: LabRecord
  readonly #save: () => Promise<void>

  constructor(layout: Layout, record: LabRecord, save: () => Promise<void>) {
    this.#layout = layout
    this.#record = record
    this.#save = save
  }

  get #slots(): SlotRecord[] {
    this.#record.slots ??= []
    return this.#record.slots
  }

  /** The card that is in this node, if any. */
  inNode(number: number): SlotRecord | null {
    return this.#slots.find(({ place }) => place === number) ?? null
  }

  /** `inTurn` finds the node of this name and waits until nothing else is done to it. */
  move(request: CardRequest, inTurn: (name: string, work: (number: number) => Promise<void>) => Promise<void>) {
    switch (request.do) {
      case 'cards':
        return this.lay(request.slots, request.size)
      case 'card-eject':
        return this.#eject(request.slot)
      case 'card-blank':
        return this.#blank(request.slot)
      case 'card-damage':
        return this.#damage(request.slot, request.faults)
      case 'card-remove':
        return inTurn(request.node, (number) => this.#remove(number))
      case 'card-insert':
        return request.node === null
          ? this.#read(request.slot)
          : inTurn(request.node, (number) => this.#insert(request.slot, number))
    }
  }

  /** Adds blank cards until there are `count`; those that should be in the reader are. Sizes in bytes. */
  async lay(count: number, size: number): Promise<void> {
    for (let number = this.#slots.length + 1; number <= count; number++)
      this.#slots.push({ number, size, place: 'reader' })
    await this.#save()
    for (const slot of this.#slots) {
      if (slot.place !== 'reader') continue
      await makeCard(this.#layout, slot)
      await attachCard(this.#layout, slot)
    }
  }

  async #insert(name: string, number: number): Promise<void> {
    const slot = this.#find(name)
    const node = nodeLayout(this.#layout, number)
    if (slot.place === number) return
    const other = this.inNode(number)
    if (other)
      throw new LabError(
        'lab-node-has-card',
        `${node.name} already has the card of ${slotName(other)}. Remove it with \`./bramble lab card remove ${node.name}\`.`,
      )
    if (typeof slot.place === 'number')
      throw new LabError(
        'lab-card-away',
        `The card of ${name} is in ${nodeLayout(this.#layout, slot.place).name}. Remove it there first.`,
      )
    await this.#requireOff(number)
    await detachCard(this.#layout, slot)
    await carryCard(this.#layout, slot, node, 'node')
    slot.place = number
    await this.#save()
  }

  /** Out of a node, back into the reader. */
  async #remove(number: number): Promise<void> {
    const slot = this.inNode(number)
    const node = nodeLayout(this.#layout, number)
    if (!slot) throw new LabError('lab-no-card', `${node.name} has no card.`)
    await this.#requireOff(number)
    await requireFree(node, 5_000)
    await carryCard(this.#layout, slot, node, 'reader')
    slot.place = 'reader'
    await this.#save()
    await attachCard(this.#layout, slot)
  }

  async #eject(name: string): Promise<void> {
    const slot = this.#inHand(name)
    await detachCard(this.#layout, slot)
    slot.place = 'out'
    await this.#save()
  }

  async #read(name: string): Promise<void> {
    const slot = this.#inHand(name)
    slot.place = 'reader'
    await this.#save()
    await attachCard(this.#layout, slot)
  }

  /** As a card from the shop. In the reader it is another card then: its device goes and comes. */
  async #blank(name: string): Promise<void> {
    const slot = this.#inHand(name)
    await detachCard(this.#layout, slot)
    await blankCard(this.#layout, slot)
    if (slot.place === 'reader') await attachCard(this.#layout, slot)
  }

  /** Gives the card a fault, or takes it away (null). What was on it is gone: it is another card. */
  async #damage(name: string, faults: CardFaults | null): Promise<void> {
    const slot = this.#inHand(name)
    await detachCard(this.#layout, slot)
    if (faults) slot.faults = faults
    else delete slot.faults
    await this.#save()
    await blankCard(this.#layout, slot)
    if (slot.place === 'reader') await attachCard(this.#layout, slot)
  }

  #find(name: string): SlotRecord {
    const found = this.#slots.find((slot) => slotName(slot) === name)
    if (!found)
      throw new LabError(
        'lab-no-slot',
        `Lab ${this.#layout.id} has no ${name}: it has ${this.#slots.map(slotName).join(', ') || 'no card slots; make some with `./bramble lab cards --slots 4`'}.`,
      )
    return found
  }

  #inHand(name: string): SlotRecord {
    const slot = this.#find(name)
    if (typeof slot.place !== 'number') return slot
    const node = nodeLayout(this.#layout, slot.place).name
    throw new LabError(
      'lab-card-away',
      `The card of ${name} is in ${node}. Remove it first: \`./bramble lab power ${node} off\`, then \`./bramble lab card remove ${node}\`.`,
    )
  }

  async #requireOff(number: number): Promise<void> {
    const node = nodeLayout(this.#layout, number)
    if (await hasPower(node))
      throw new LabError(
        'lab-node-on',
        `${node.name} is on, and a card can be moved only while its Pi is off. Turn it off with \`./bramble lab power ${node.name} off\`.`,
      )
  }
}
