/** nginx runs in the slots of static apps only: the service of its package would take port 80. */
import { because, type Step, settled } from '../../engine/types.ts'
import { packageStates } from '../../facts/packages.ts'
import { unitState } from '../../facts/unit.ts'

/** One that is installed already is somebody's own and stays as it is. */
export function maskedNginx(): Step {
  const state = packageStates(['nginx'])
  const unit = unitState('nginx.service')
  return {
    id: 'apps/nginx-service',
    title: 'Mask the default nginx service',
    reads: [state, unit],
    check: (facts) =>
      facts.of(state).nginx?.installed || facts.of(unit).load === 'masked'
        ? settled
        : because('nginx will be installed'),
    apply: () => [{ kind: 'run', argv: ['systemctl', 'mask', 'nginx.service'] }],
  }
}
