/** Rules about a Pi as a machine: whether it answers, runs its services, and keeps its clock, certificate and packages. */
import { fraction, none, type Rule } from './rule.ts'

export const nodes = {
  'node-down': {
    title: 'Node down',
    level: 'critical',
    holds: 30,
    sees: 'cluster',
    means: 'A Pi is unreachable over SSH: it has no power, no network, or hangs.',
    thresholds: none,
  },
  'unit-failed': {
    title: 'Service not running',
    level: 'warning',
    holds: 45,
    sees: 'machine',
    means: 'A service of the node has failed, was stopped, keeps restarting, or is not responding.',
    thresholds: none,
  },
  'clock-off': {
    title: 'Clock is wrong',
    level: 'warning',
    holds: 60,
    sees: 'machine',
    means: 'Certificates, leases, and logs need synchronized clocks.',
    thresholds: {
      warning: { label: 'Warning from', unit: 'seconds', value: 1, least: 0.05, most: 86_400 },
      critical: { label: 'Critical from', unit: 'seconds', value: 30, least: 0.05, most: 86_400 },
    },
  },
  'certificate-ending': {
    title: 'Certificate expires soon',
    level: 'warning',
    // Bramble renews those of an older version by itself, minutes after it was updated.
    holds: 3600,
    sees: 'machine',
    means: 'A certificate was not renewed in time. Without a valid one, nodes refuse connections from each other.',
    thresholds: {
      warning: fraction('Warning below remaining lifetime of', 0.2),
      critical: fraction('Critical below remaining lifetime of', 0.05),
    },
  },
  'reboot-required': {
    title: 'Reboot required',
    level: 'info',
    holds: 0,
    sees: 'machine',
    means: 'Installed updates take effect only after a reboot.',
    thresholds: none,
  },
  'upgrades-pending': {
    title: 'Updates available',
    level: 'info',
    holds: 0,
    sees: 'machine',
    means: 'Debian has newer packages for the node.',
    thresholds: { packages: { label: 'From', unit: 'count', value: 1, least: 1, most: 10_000 } },
  },
  'security-update': {
    title: 'Security update not installed',
    level: 'warning',
    holds: 7 * 86_400,
    sees: 'machine',
    means:
      'Debian has had a security update for the node for a week. Nodes install most of them by themselves, but those of PostgreSQL, Patroni, etcd, pgBackRest, HAProxy, and keepalived only when you update the cluster.',
    thresholds: none,
  },
} as const satisfies Record<string, Rule>
