/** Names of the cluster's nodes in /etc/hosts. Lines of the user's own stay, except those that claim a node's name. */
import { because, type Step, settled } from '../core/types.ts'
import { fileState } from '../facts/file.ts'

const first = '# --- Bramble: the nodes of the cluster'
const last = '# --- Bramble: end'

/** /etc/hosts with the block in it; a second pass changes nothing. */
export function hostsText(existing: string, entries: readonly { address: string; name: string }[]): string {
  const names = new Set(entries.map((entry) => entry.name))
  const kept: string[] = []
  let inside = false
  for (const line of existing.split('\n')) {
    if (line === first) inside = true
    const claims = line.replace(/#.*/, '').trim().split(/\s+/).slice(1)
    if (!inside && !claims.some((name) => names.has(name))) kept.push(line)
    if (line === last) inside = false
  }
  while (kept.at(-1)?.trim() === '') kept.pop()
  if (!kept.some((line) => /^127\.0\.0\.1\s(.*\s)?localhost(\s|$)/.test(line))) kept.unshift('127.0.0.1\tlocalhost')
  return `${[...kept, first, ...entries.map(({ address, name }) => `${address}\t${name}`), last].join('\n')}\n`
}

export function hosts(spec: { id: string; entries: readonly { address: string; name: string }[] }): Step {
  const state = fileState('/etc/hosts', { content: true })
  return {
    id: spec.id,
    title: 'Name the nodes in /etc/hosts',
    reads: [state],
    check(facts) {
      const now = facts.of(state)
      if (now.kind === 'absent') return because('it is missing')
      return now.content === hostsText(now.content ?? '', spec.entries)
        ? settled
        : because('a node is missing or moved')
    },
    apply: (facts) => [
      {
        kind: 'put',
        path: '/etc/hosts',
        content: hostsText(facts.of(state).content ?? '', spec.entries),
        mode: 0o644,
      },
    ],
  }
}
