/** Which names may become rows: those of the spec. What else a node says it has is not kept. */
import type { ClusterSpec } from '../spec.ts'
import type { Sample } from './metrics.ts'

/** HAProxy's frontends and backends as Bramble configures them; a test holds them against the configuration. */
const frontends = ['site', 'postgres-read-write', 'postgres-read-only', 'alive', 'statistics', 'postgres-statistics']
const backends = ['web', 'postgres-primary', 'postgres-replicas']

export const knownFrontend = (name: string): boolean => frontends.includes(name)
export const knownBackend = (name: string): boolean => backends.includes(name)

/** The backend of an app; null: it is none. */
export const appOfBackend = (backend: string): string | null =>
  backend.startsWith('app-') ? backend.slice('app-'.length) : null
export const backendOfApp = (app: string): string => `app-${app}`

export function isKnownSubject(
  spec: Pick<ClusterSpec, 'nodes' | 'apps'>,
  { kind, name }: Pick<Sample, 'kind' | 'name'>,
): boolean {
  const isApp = (app: string | null) => spec.apps?.some((one) => one.name === app) ?? false
  switch (kind) {
    case 'frontend':
      return knownFrontend(name)
    case 'backend':
      return knownBackend(name) || isApp(appOfBackend(name))
    case 'app':
      return isApp(name)
    case 'server': {
      const [backend = '', server, ...rest] = name.split('/')
      return rest.length === 0 && knownBackend(backend) && spec.nodes.some((node) => node.name === server)
    }
    default:
      return name === ''
  }
}
