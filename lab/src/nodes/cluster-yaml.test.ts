import { parseClusterFile } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { layoutOf, nodeLayout } from '../host/layout.ts'
import { clusterYaml } from './cluster-yaml.ts'

function lab(id: number, count: number) {
  const layout = layoutOf(id)
  const nodes = Array.from({ length: count }, (_, index) => {
    const { name, address, mac } = nodeLayout(layout, index + 1)
    const hostKey = `SHA256:${String(index).repeat(43)}`.slice(0, 50)
    return { name, address, mac, state: 'on' as const, release: 'trixie' as const, hostKey }
  })
  return { id, nodes, vip: layout.vip, user: 'pi', keyFile: layout.key }
}

describe('clusterYaml', () => {
  it.each([3, 4, 6, 8])('is a cluster file without findings of level error for %s nodes', (count) => {
    const { spec, findings } = parseClusterFile(clusterYaml(lab(2, count)))
    expect(findings.filter(({ level }) => level === 'error')).toEqual([])
    expect(spec?.nodes).toHaveLength(count)
    expect(spec).toMatchObject({ name: 'lab-2', vip: '198.18.2.100', ssh: { user: 'pi', keyFile: layoutOf(2).key } })
    expect(spec?.nodes[0]?.hostKey).toBe(`SHA256:${'0'.repeat(43)}`)
  })
})
