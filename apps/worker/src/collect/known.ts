/** A node that invents names fills no table: only what the spec knows is kept of what it says. */
import { type ClusterSpec, isKnownSubject } from '@bramble/cluster'
import type { Collected } from './look.ts'

export function knownOnly(spec: ClusterSpec, { state, samples, kept }: Collected): Collected {
  const haproxy = state.haproxy && {
    ...state.haproxy,
    servers: state.haproxy.servers.filter(({ backend, server }) =>
      isKnownSubject(spec, { kind: 'server', name: `${backend}/${server}` }),
    ),
    ...(state.haproxy.apps ? { apps: ofSpec(spec, state.haproxy.apps) } : {}),
  }
  return {
    state: { ...state, haproxy, ...(state.apps ? { apps: ofSpec(spec, state.apps) } : {}) },
    samples: samples.filter((sample) => isKnownSubject(spec, sample)),
    kept,
  }
}

const ofSpec = <T>(spec: ClusterSpec, byApp: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(byApp).filter(([name]) => isKnownSubject(spec, { kind: 'app', name })))
