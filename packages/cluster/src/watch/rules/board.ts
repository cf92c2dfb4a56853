/** Rules about the board and its card: space, memory, heat, power and wear. */
import { fraction, none, type Rule } from './rule.ts'

export const board = {
  'disk-full': {
    title: 'Disk almost full',
    level: 'warning',
    holds: 30,
    sees: 'machine',
    means: 'PostgreSQL and etcd stop when the disk is full.',
    thresholds: { warning: fraction('Warning from', 0.85), critical: fraction('Critical from', 0.95) },
  },
  'card-errors': {
    title: 'Card has errors',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means: 'The kernel counted errors on the card or disk that the system runs from.',
    thresholds: {
      warning: { label: 'Warning from', unit: 'count', value: 1, least: 1, most: 1e6 },
      critical: { label: 'Critical from', unit: 'count', value: 20, least: 1, most: 1e6 },
    },
  },
  'card-read-only': {
    title: 'Card is read-only',
    level: 'critical',
    holds: 0,
    sees: 'machine',
    means: 'After errors, the kernel made the card read-only.',
    thresholds: none,
  },
  'card-worn': {
    title: 'Card worn out',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means: 'The card or disk reports that most of its lifetime is used.',
    thresholds: { warning: fraction('Warning from', 0.8), critical: fraction('Critical from', 0.95) },
  },
  memory: {
    title: 'Low memory',
    level: 'warning',
    holds: 120,
    sees: 'machine',
    means: 'The node runs out of RAM, or swaps so much that it waits for its card.',
    thresholds: { used: fraction('RAM in use', 0.92), swap: fraction('Or swapped out, of the RAM', 0.4) },
  },
  temperature: {
    title: 'Too hot',
    level: 'warning',
    holds: 30,
    sees: 'machine',
    means: 'A Pi throttles from 80 °C, and more from 85 °C.',
    thresholds: {
      warning: { label: 'Warning from', unit: 'celsius', value: 80, least: 30, most: 110 },
      critical: { label: 'Critical from', unit: 'celsius', value: 85, least: 30, most: 110 },
    },
  },
  undervoltage: {
    title: 'Undervoltage',
    level: 'warning',
    holds: 10,
    sees: 'machine',
    means: 'The power supply delivers less than 4.63 V: cards get damaged and Pis restart.',
    thresholds: none,
  },
  throttled: {
    title: 'Throttled',
    level: 'warning',
    holds: 30,
    sees: 'machine',
    means: 'The firmware throttles the processor because of heat or undervoltage.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
