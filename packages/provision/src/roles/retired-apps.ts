/** Apps taken from a node: it lost the roles that carry them, it leaves, or the cluster has no app any more. */

import { fileState } from '../engine/file.ts'
import { type Action, because, type RoleContext, type Step, settled } from '../engine/types.ts'
import { agentPath, agentSettingsPath, agentUnit } from '../serving/agent.ts'
import { appRoot, launcherPath, sliceName } from '../serving/units.ts'

const units = '/etc/systemd/system'

export function retiredApps({ spec, node }: RoleContext): Step[] {
  const carries = node.roles.includes('web') || node.roles.includes('balancer')
  if (carries && (spec.apps ?? []).length > 0) return []
  const mark = `${units}/${agentUnit}`
  const state = fileState(mark)
  const run = (...argv: string[]): Action => ({ kind: 'run', argv, timeout: 180 })
  const removed = (folder: string, name: string) =>
    run('find', folder, '-mindepth', '1', '-maxdepth', '1', '-name', name, '-exec', 'rm', '-rf', '{}', '+')
  return [
    {
      id: 'apps/retired',
      title: `Stop the apps on ${node.name}`,
      reads: [state],
      check: (facts) => (facts.of(state).kind === 'absent' ? settled : because('no apps are assigned to this node')),
      apply: () => [
        run('systemctl', 'disable', '--now', agentUnit),
        // With it all that runs in it.
        run('systemctl', 'stop', sliceName),
        removed(units, 'bramble-app-*@.service'),
        run('rm', '-f', agentPath, agentSettingsPath, launcherPath, `${units}/${sliceName}`),
        // Their environments hold secrets. What the apps wrote themselves stays on a node that stays.
        ...(node.roles.includes('web') ? [] : [run('rm', '-rf', appRoot)]),
        ...(node.leaving ? [removed('/var/lib', 'bramble-app-*')] : []),
        run('rm', '-f', mark),
        run('systemctl', 'daemon-reload'),
      ],
      ...(carries ? {} : { visit: 'late' as const }),
      disrupts: { what: 'web', words: `the apps stop on ${node.name}` },
    },
  ]
}
