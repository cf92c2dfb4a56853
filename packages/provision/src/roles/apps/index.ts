/**
 * apps: what makes a web node run the apps of the cluster and a balancer send requests to them. Which release serves is in etcd;
 * bramble-apps.service follows it, so that a node which was away serves the right one without Bramble.
 */
import type { AppKind, AppSpec } from '@bramble/cluster'
import type { Facts, RoleContext, RoleDefinition } from '../../engine/types.ts'
import { machine } from '../../facts/os.ts'
import { type FileStep, file, packages, service } from '../../resources/index.ts'
import {
  type AgentSettings,
  agentPath,
  agentProgram,
  agentSettingsPath,
  agentUnit,
  agentUnitFile,
  staticTemplate,
} from '../../serving/agent.ts'
import { imageLauncher, imageLauncherPath, imageUnitTemplate } from '../../serving/image/index.ts'
import { databaseAuthorityPath } from '../../serving/paths.ts'
import {
  appMemory,
  launcher,
  launcherPath,
  phpServer,
  phpServerPath,
  sliceName,
  sliceUnit,
  unitTemplate,
} from '../../serving/units.ts'
import { endpointsFor } from '../etcd.ts'
import { appFolders } from './folders.ts'
import { maskedNginx } from './nginx.ts'
import { appUserStep } from './users.ts'

export const apps: RoleDefinition = {
  name: 'apps',
  steps(context) {
    const { spec, node } = context
    const own = spec.apps ?? []
    if (own.length === 0 || !carriesApps(context)) return []
    const web = node.roles.includes('web')
    const agent = agentFiles(context)
    return [
      ...(web
        ? [
            maskedNginx(),
            packages({ id: 'apps/packages', names: packagesOf(own), keepsOthers: true }),
            ...own.flatMap(({ name }) => [appUserStep(name), appFolders(name)]),
            ...runnerFiles(own.some(({ kind }) => kind === 'image')),
            ...databaseAuthority(context),
          ]
        : []),
      ...agent,
      service({ id: 'apps/service', unit: agentUnit, files: agent }),
    ]
  },
}

const carriesApps = ({ node }: RoleContext): boolean => node.roles.includes('web') || node.roles.includes('balancer')

/** What a release needs to run; what it needs to be built comes with the build. */
const runtimes: Record<AppKind, readonly string[]> = {
  static: [],
  node: ['nodejs'],
  python: ['python3'],
  ruby: ['ruby'],
  php: ['php-fpm'],
  procfile: [],
  binary: [],
  // pasta is in passt: it gives a container its network.
  image: ['crun', 'passt'],
}

/** nginx serves static apps; their kind may be known with the release only. */
export function packagesOf(own: readonly Pick<AppSpec, 'kind' | 'packages'>[]): string[] {
  const wanted = own.flatMap(({ kind, packages: named = [] }) => [...(kind ? runtimes[kind] : []), ...named])
  return [...new Set(['python3', 'nginx', ...wanted])]
}

/** Read anew at each start of a slot: nothing restarts because of them. */
function runnerFiles(withImages: boolean): FileStep[] {
  const folder = '/usr/local/lib/bramble'
  return [
    file({ id: 'apps/launcher', path: launcherPath, content: launcher, mode: 0o755 }),
    file({ id: 'apps/php-server', path: phpServerPath, content: phpServer, mode: 0o755 }),
    file({ id: 'apps/unit-template', path: `${folder}/app-unit`, content: unitTemplate }),
    file({ id: 'apps/static-template', path: `${folder}/app-static.conf`, content: staticTemplate }),
    ...(withImages
      ? [
          file({ id: 'apps/image-launcher', path: imageLauncherPath, content: imageLauncher, mode: 0o755 }),
          file({ id: 'apps/image-template', path: `${folder}/app-unit-image`, content: imageUnitTemplate }),
        ]
      : []),
  ]
}

/** Apps cannot read /etc/bramble, and verify whom DATABASE_URL reaches. */
const databaseAuthority = ({ spec, secrets }: RoleContext): FileStep[] =>
  (spec.apps ?? []).some(({ database }) => database)
    ? [file({ id: 'apps/database-authority', path: databaseAuthorityPath, content: secrets.ca.trusted })]
    : []

const megabytes = (facts: Facts): number => Math.floor(facts.of(machine).memory / 1024 ** 2)

function agentFiles(context: RoleContext): FileStep[] {
  const loadedBy = [agentUnit]
  return [
    file({
      id: 'apps/slice',
      path: `/etc/systemd/system/${sliceName}`,
      reads: [machine],
      content: (facts) => sliceUnit(megabytes(facts)),
      loadedBy,
    }),
    file({ id: 'apps/agent', path: agentPath, content: agentProgram, mode: 0o755, loadedBy }),
    file({
      id: 'apps/settings',
      path: agentSettingsPath,
      reads: [machine],
      content: (facts) => `${JSON.stringify(settings(context, facts), null, 2)}\n`,
      loadedBy,
    }),
    file({ id: 'apps/unit', path: `/etc/systemd/system/${agentUnit}`, content: agentUnitFile, loadedBy }),
  ]
}

function settings({ spec, node }: RoleContext, facts: Facts): AgentSettings {
  return {
    node: node.name,
    address: node.address,
    endpoints: endpointsFor(spec, node.name),
    web: node.roles.includes('web'),
    balancer: node.roles.includes('balancer'),
    apps: (spec.apps ?? []).map(({ name }) => name),
    memory: appMemory(megabytes(facts)).process,
  }
}
