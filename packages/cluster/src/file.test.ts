import { describe, expect, it } from 'vitest'
import { parseClusterFile } from './file.ts'

const good = `name: shelf
vip: 192.168.1.100
nodes:
  - name: pi-1
    address: 192.168.1.11
    roles: [etcd, postgres, balancer, web]
  - name: pi-2
    address: 192.168.1.12
    roles: [etcd, postgres, balancer, web]
  - name: pi-3
    address: 192.168.1.13
    roles: [etcd, postgres, web]
`
const errors = (text: string) =>
  parseClusterFile(text)
    .findings.filter((found) => found.level === 'error')
    .map((found) => [found.line, found.code, found.path])

describe('parseClusterFile', () => {
  it('reads a good file and fills the defaults in', () => {
    const { spec, findings } = parseClusterFile(good)
    expect(findings).toEqual([])
    expect(spec).toMatchObject({
      preset: 'standard',
      synchronous: false,
      database: { name: 'app', user: 'app' },
      ssh: { user: 'pi', port: 22 },
    })
  })

  it('refuses unknown keys with their lines', () => {
    expect(
      errors(
        good
          .replace('vip:', 'colour: red\nvip:')
          .replace('address: 192.168.1.13', 'address: 192.168.1.13\n    adress: x'),
      ),
    ).toEqual([
      [13, 'unknown-key', 'nodes.2.adress'],
      [2, 'unknown-key', 'colour'],
    ])
  })

  it.each([
    ['a bad name', 'name: pi-2', 'name: Pi_2', 7, 'nodes.1.name'],
    ['a name with a shell in it', 'name: pi-2', 'name: "pi;reboot"', 7, 'nodes.1.name'],
    ['a bad address', '192.168.1.12', '192.168.1.300', 8, 'nodes.1.address'],
    ['a loopback address', '192.168.1.12', '127.0.0.1', 8, 'nodes.1.address'],
    ['an unknown role', 'roles: [etcd, postgres, web]', 'roles: [etcd, postgres, wep]', 12, 'nodes.2.roles.2'],
    ['a missing address', '    address: 192.168.1.12\n', '', 7, 'nodes.1.address'],
    ['a bad VIP', 'vip: 192.168.1.100', 'vip: here', 2, 'vip'],
  ])('refuses %s with its line', (_, from, to, line, path) => {
    const found = errors(good.replace(from, to))
    expect(found).toHaveLength(1)
    expect(found[0]).toEqual([line, 'invalid', path])
  })

  it('locates broken rules', () => {
    expect(errors(good.replace('name: pi-3', 'name: pi-1'))).toEqual([[10, 'duplicate-name', 'nodes.2.name']])
    expect(errors(good.replace('[etcd, postgres, web]', '[postgres, web]'))).toEqual([[3, 'etcd-even', 'nodes']])
  })

  it('refuses what is no YAML, a key twice, an empty file and alias bombs', () => {
    expect(errors('name: [')[0]).toEqual([1, 'yaml', ''])
    expect(errors(`${good}name: again\n`)[0]?.[1]).toBe('yaml')
    expect(errors('').length).toBeGreaterThan(0)
    expect(parseClusterFile('a: &a [1]\nname: *a').spec).toBeNull()
  })
})
