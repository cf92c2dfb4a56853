import { BackupSpec, type ClusterSpec, type Role } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { answers, contextOf, factsFor, spec, stored } from '../../test/context.ts'
import { type RoleContext, Secret, type Step } from '../engine/types.ts'
import { openSecrets } from '../secrets/index.ts'
import { stepsFor } from './index.ts'

const keys = { 'backup.s3.key': 'AKIA-of-the-bucket', 'backup.s3.secret': 'secret-of-the-bucket' }
const all = openSecrets({ ...stored, ...keys })
const texts = Object.entries({ ...stored, ...keys }).flatMap(([name, text]) =>
  /certificate|public/.test(name) ? [] : [text.trim()],
)
const everything: Role[] = ['etcd', 'postgres', 'balancer', 'web']
const places: [string, ClusterSpec['backup']][] = [
  { kind: 'node', node: 'pi-1' },
  { kind: 'node', node: 'pi-4' },
  { kind: 'sftp', host: 'nas.lan', user: 'me', path: '/srv/backups', hostKey: `SHA256:${'A'.repeat(43)}` },
  { kind: 's3', endpoint: 'minio.lan:9000', bucket: 'bramble' },
].map((repository) => [`${repository.kind} ${repository.node ?? ''}`, BackupSpec.parse({ repository })])

const contextWith = (name: string, change: Partial<ClusterSpec>): RoleContext => ({
  ...contextOf(name, change),
  secrets: all,
})

/** Files that hold a secret of the cluster when the steps were carried out on a bare Pi. */
function secretFiles(steps: readonly Step[]): string[] {
  const facts = factsFor(steps)
  return steps
    .flatMap((step) => step.apply?.(facts) ?? [])
    .flatMap((action) => {
      if (action.kind !== 'put') return []
      const text = action.content instanceof Secret ? action.content.reveal() : action.content
      return texts.some((secret) => text.includes(secret)) ? [action.path] : []
    })
}

/** Paths that the steps remove. */
function removed(steps: readonly Step[]): string[] {
  const facts = factsFor(steps)
  const runs = steps.flatMap((step) => step.apply?.(facts) ?? [])
  return runs.flatMap((action) => (action.kind === 'run' && action.argv[0] === 'rm' ? action.argv.slice(1) : []))
}

const nodesAs = (change: Partial<ClusterSpec['nodes'][number]>) =>
  spec.nodes.map((node) => (node.name === 'pi-4' ? { ...node, ...change } : node))

describe.each(places)('backups to %s', (_, backup) => {
  const before = contextWith('pi-4', { backup, nodes: nodesAs({ roles: everything }) })
  const written = secretFiles(stepsFor(before))

  it('a node that leaves keeps no file that holds a secret, and no copy of the database', () => {
    expect(written).toContain('/etc/bramble/site.json')
    const leaving = { ...contextOf('pi-4').node, roles: [], leaving: true as const }
    const rest = spec.nodes.filter(({ name }) => name !== 'pi-4')
    const steps = stepsFor({ ...before, spec: { ...before.spec, nodes: rest }, node: leaving })
    expect(removed(steps)).toEqual(expect.arrayContaining(written))
    expect(steps.flatMap(({ destroys }) => destroys ?? [])).toEqual(['the database files on pi-4'])
  })

  it("a node that leaves loses only the database that is Patroni's, and no configuration that Bramble did not mark", () => {
    const leaving = { ...contextOf('pi-4').node, roles: [], leaving: true as const }
    const steps = stepsFor({ ...before, node: leaving })
    const copy = steps.find(({ id }) => id === 'postgres/copy-gone')!
    const facts = (stdout: string) => answers(copy.reads, { over: [[copy.reads[0]!, { code: 0, stdout, stderr: '' }]] })
    expect(copy.check(facts(''))).toEqual({ settled: true })
    const [action] = copy.apply!(facts('/var/lib/postgresql/17/home/patroni.dynamic.json\n'))
    expect(action).toMatchObject({ argv: expect.arrayContaining(['/var/lib/postgresql/17/home']) })
    const last = removed(steps.filter(({ id }) => id === 'base/farewell'))
    expect(last.filter((path) => path.startsWith('/') && !path.includes('bramble'))).toEqual([])
  })

  it('a node that gives its roles away keeps its own key and nothing else', () => {
    const nodes = nodesAs({ roles: [] })
    const kept = secretFiles(stepsFor(contextWith('pi-4', { nodes })))
    expect(kept).toEqual(['/etc/bramble/node.key'])
    const gone = removed(stepsFor(contextWith('pi-4', { nodes })))
    expect(gone).toEqual(expect.arrayContaining(written.filter((path) => !kept.includes(path))))
  })

  it('switched off: what they needed is taken from the copies and the keeper', () => {
    const without = secretFiles(stepsFor(contextWith('pi-4', { nodes: before.spec.nodes })))
    const only = written.filter((path) => !without.includes(path))
    expect(only.length).toBeGreaterThan(0)
    expect(removed(stepsFor(contextWith('pi-4', { nodes: before.spec.nodes })))).toEqual(expect.arrayContaining(only))
  })
})

it('the key of an SFTP server goes when the backups go elsewhere', () => {
  const steps = stepsFor(contextWith('pi-2', { backup: places.at(-1)![1] }))
  expect(removed(steps)).toContain('/etc/bramble/pgbackrest-sftp.key')
})
