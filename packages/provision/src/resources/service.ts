/** A systemd service: enabled, running, and running with the files that are on the disk. */
import { createHash } from 'node:crypto'
import { fileState } from '../engine/file.ts'
import { type Action, because, type Facts, type Step, settled } from '../engine/types.ts'
import { type UnitState, unitState } from '../facts/unit.ts'
import type { FileStep } from './file.ts'

/** UnitFileStates in which there is nothing to enable. */
const startsAtBoot = ['enabled', 'static', 'alias', 'generated', 'indirect']

export interface ServiceSpec {
  id: string
  unit: string
  /** What it loads; it is restarted or reloaded when one of them changed. They must name the unit in `loadedBy`. */
  files: readonly FileStep[]
  /** How it takes a changed file in. Default restart. */
  onChange?: 'restart' | 'reload'
  /** Default true. False: stopped and disabled. */
  running?: boolean
  patience?: number
  disrupts?: Step['disrupts']
  cure?: string
}

export function service(spec: ServiceSpec): Step {
  const state = unitState(spec.unit)
  const running = spec.running ?? true
  const onDisk = spec.files.map((entry) => fileState(entry.path))
  const digest = (facts: Facts) =>
    createHash('sha256')
      .update(spec.files.map((entry) => `${entry.path} ${entry.wanted(facts).sha256}\n`).join(''))
      .digest('hex')

  /** Has the unit loaded what the files say? A restart by someone else counts when it came after the last write. */
  const stale = (now: UnitState, facts: Facts): string | null => {
    if (spec.files.length === 0) return null
    if (now.loaded?.digest !== digest(facts)) return 'the running service has not loaded the current files'
    const newest = Math.max(...onDisk.map((fact) => facts.of(fact).mtime))
    if (now.loaded.invocation !== now.invocation && newest > now.since)
      return 'a file is newer than the running service'
    return null
  }

  return {
    id: spec.id,
    title: running ? `Run ${spec.unit}` : `Stop ${spec.unit}`,
    reads: [state, ...onDisk, ...spec.files.flatMap((entry) => entry.reads)],
    follows: spec.files.map((entry) => entry.id),
    check(facts) {
      const now = facts.of(state)
      if (!running) {
        if (now.active === 'active' || now.active === 'activating') return because('still running')
        return ['enabled', 'enabled-runtime'].includes(now.enabled) ? because('still enabled at boot') : settled
      }
      if (now.load === 'not-found') return because('not installed')
      if (now.load === 'masked' || now.enabled === 'masked') return because('masked')
      if (now.enabled === 'disabled') return because('not enabled at boot')
      if (now.active !== 'active') return because(`the service is ${now.active}`)
      const reason = stale(now, facts)
      return reason ? because(reason) : settled
    },
    apply(facts): Action[] {
      const now = facts.of(state)
      if (!running) return [{ kind: 'run', argv: ['systemctl', 'disable', '--now', spec.unit], timeout: 120 }]
      const actions: Action[] = []
      if (now.load === 'masked' || now.enabled === 'masked')
        actions.push({ kind: 'run', argv: ['systemctl', 'unmask', spec.unit] })
      actions.push({ kind: 'run', argv: ['systemctl', 'daemon-reload'] })
      if (!startsAtBoot.includes(now.enabled)) actions.push({ kind: 'run', argv: ['systemctl', 'enable', spec.unit] })
      if (now.active === 'failed') actions.push({ kind: 'run', argv: ['systemctl', 'reset-failed', spec.unit] })
      if (now.active !== 'active') actions.push({ kind: 'run', argv: ['systemctl', 'start', spec.unit], timeout: 180 })
      else if (stale(now, facts))
        actions.push({ kind: 'run', argv: ['systemctl', spec.onChange ?? 'restart', spec.unit], timeout: 180 })
      if (spec.files.length > 0) actions.push({ kind: 'stamp', unit: spec.unit, digest: digest(facts) })
      return actions
    },
    ...(spec.patience === undefined ? {} : { patience: spec.patience }),
    ...(spec.disrupts === undefined ? {} : { disrupts: spec.disrupts }),
    cure: spec.cure ?? `On the Pi, "journalctl -u ${spec.unit} -n 50" shows the cause.`,
  }
}
