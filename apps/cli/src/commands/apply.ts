/** `./bramble apply cluster.yaml`: makes the cluster be what the file says. */
import { printable, type RunEvent } from '@bramble/cluster'
import { apply, cancelled, plan } from '@bramble/provision'
import { Command } from 'commander'
import { confirm } from './confirm.ts'
import { type HeadlessOptions, openHeadless, planText } from './headless.ts'

interface ApplyOptions extends HeadlessOptions {
  only?: string[]
  yes?: boolean
  json?: boolean
  verbose?: boolean
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('apply a cluster file to its nodes; safe to re-run')
    .argument('<file>', 'cluster file, see docs/cluster-file.md')
    .option('--yes', 'do not ask for confirmation; without it you have to type the name of the cluster after the plan')
    .option('--only <node...>', 'only these nodes')
    .option(
      '--replace <file...>',
      'your own files that may be replaced, such as pi-1:/etc/haproxy/haproxy.cfg; a copy is kept next to each',
    )
    .option('--data <folder>', 'data directory with the secrets of the cluster (default: $XDG_DATA_HOME/bramble)')
    .option('--password-file <file>', 'SSH password for nodes that have no key yet')
    .option('--verbose', 'print the output of the nodes')
    .option('--json', 'print every event and the result as JSON lines')
    .action(applyFile)
}

async function applyFile(file: string, options: ApplyOptions): Promise<void> {
  const headless = await openHeadless(file, options)
  const { spec, secrets, fleet } = headless
  const cancel = new AbortController()
  // Ctrl-C stops what runs on the nodes; a process that is ended from outside leaves it running.
  const onSignal = (name: NodeJS.Signals) => cancel.abort(name === 'SIGINT' ? cancelled() : undefined)
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const asked = {
    ...(options.only ? { only: options.only } : {}),
    ...(options.replace ? { replace: options.replace } : {}),
  }
  try {
    let approved: string | null = null
    if (!options.yes) {
      const found = await plan({ spec, secrets, fleet, ...asked, signal: cancel.signal })
      process.stdout.write(`${planText(found)}\n`)
      if (found.changes === 0) return
      await confirm(spec.name)
      approved = found.digest
    }
    const emit = options.json ? (event: RunEvent) => print({ event }) : tell(options.verbose ?? false)
    const outcome = await apply({ spec, secrets, fleet, ...asked, approved, signal: cancel.signal, emit })
    if (options.json) print({ outcome })
    else
      process.stdout.write(
        `${printable(outcome.message)}\n${outcome.changed} changes in ${outcome.seconds.toFixed(1)} s\n`,
      )
    if (outcome.status !== 'succeeded') process.exitCode = 1
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await headless.close()
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Events as lines for people. */
export function tell(verbose: boolean): (event: RunEvent) => void {
  const started = Date.now()
  const say = (node: string, text: string) =>
    process.stdout.write(
      `${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${node.padEnd(8)} ${printable(text)}\n`,
    )
  return (event) => {
    switch (event.type) {
      case 'planned':
        return say('', `${event.plan.changes} changes planned, ${event.plan.rollout}`)
      case 'step-started':
        return say(event.node, `${event.title} (${event.because})`)
      case 'step-waiting':
        return say(event.node, `waiting: ${event.because}`)
      case 'step-failed':
        return say(event.node, `FAILED ${event.title}: ${event.message} ${event.cure}`)
      case 'node-ended':
        return say(event.node, `${event.outcome}: ${event.message}`)
      case 'log':
        if (verbose) say(event.node ?? '', `  ${event.text}`)
        return
    }
  }
}
