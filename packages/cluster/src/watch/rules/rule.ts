/** What a rule is made of. */
import type { Unit } from '../metrics.ts'

/** The gravest first. */
export const alertLevels = ['critical', 'warning', 'info'] as const
export type AlertLevel = (typeof alertLevels)[number]

export interface Threshold {
  label: string
  unit: Unit
  value: number
  /** Bounds of what a person may set. */
  least: number
  most: number
}

/** What must be seen of a node to know whether the rule holds there; `cluster`: what all states mean together. */
export type Sight = 'machine' | 'patroni' | 'postgres' | 'etcd' | 'haproxy' | 'web' | 'apps' | 'cluster'

export interface Rule {
  title: string
  /** The level it starts with; some rise with their value. */
  level: AlertLevel
  /** Seconds that it must hold before it fires. */
  holds: number
  sees: Sight
  /** One sentence for the rules page. */
  means: string
  thresholds: Readonly<Record<string, Threshold>>
}

/** A part of a whole, up to all of it. */
export const fraction = (label: string, value: number): Threshold => ({
  label,
  unit: 'fraction',
  value,
  least: 0.01,
  most: 1,
})

export const none = {} as const
