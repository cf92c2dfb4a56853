/** What chaos will do, from its seed alone: which faults in which order, on whom, for how long. Pure. */
import { diceOf } from './dice.ts'

export const chaosFaults = [
  'primary-stop',
  'primary-kill',
  'primary-freeze',
  'network-cut',
  'balancer-lost',
  'web-lost',
  'etcd-lost',
  'card-full',
  'cable-out',
  'cables-out',
  'reboot',
  'power-cut',
  'power-cut-two',
  'power-cut-all',
] as const
export type ChaosFault = (typeof chaosFaults)[number]

export interface Move {
  fault: ChaosFault
  /** From 0 to 1: which of the nodes that it can strike. */
  pick: number
  /** Seconds until it is undone. */
  hold: number
  /** Seconds of peace after that; 0: the next fault comes while this one stands. */
  rest: number
}

const weights: Record<ChaosFault, number> = {
  'primary-stop': 2,
  'primary-kill': 3,
  'primary-freeze': 2,
  'network-cut': 2,
  'balancer-lost': 2,
  'web-lost': 1,
  'etcd-lost': 2,
  'card-full': 1,
  'cable-out': 3,
  'cables-out': 1,
  reboot: 2,
  'power-cut': 3,
  'power-cut-two': 1,
  'power-cut-all': 1,
}

/** Without end: as many moves as the time allows are played. The same seed gives the same moves. */
export function* score(seed: number): Generator<Move, never> {
  const dice = diceOf(seed)
  const choices = chaosFaults.map((fault) => ({ value: fault, weight: weights[fault] }))
  for (;;) {
    const fault = dice.one(choices)
    const pick = dice.next()
    const hold = dice.between(5, 35)
    yield { fault, pick, hold, rest: dice.next() < 0.25 ? 0 : dice.between(3, 20) }
  }
}
