/** `./bramble plan cluster.yaml`: what would be done, changing nothing. */
import { plan } from '@bramble/provision'
import { Command } from 'commander'
import { type HeadlessOptions, openHeadless, planText } from './headless.ts'

export function planCommand(): Command {
  return new Command('plan')
    .description('show what "apply" would change on the nodes of a cluster file; changes nothing')
    .argument('<file>', 'cluster file, see docs/cluster-file.md')
    .option('--only <node...>', 'only these nodes')
    .option(
      '--replace <file...>',
      'your own files that may be replaced, such as pi-1:/etc/haproxy/haproxy.cfg; a copy is kept next to each',
    )
    .option('--data <folder>', 'data directory with the secrets of the cluster (default: $XDG_DATA_HOME/bramble)')
    .option('--password-file <file>', 'SSH password for nodes that have no key yet')
    .option('--json', 'print the plan as JSON')
    .action(async (file: string, options: HeadlessOptions & { only?: string[]; json?: boolean }) => {
      const { spec, secrets, fleet, close } = await openHeadless(file, options)
      try {
        const found = await plan({
          spec,
          secrets,
          fleet,
          ...(options.only ? { only: options.only } : {}),
          ...(options.replace ? { replace: options.replace } : {}),
        })
        process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : `${planText(found)}\n`)
        if (found.findings.some(({ level }) => level === 'error') || found.nodes.some(({ trouble }) => trouble))
          process.exitCode = 1
      } finally {
        await close()
      }
    })
}
