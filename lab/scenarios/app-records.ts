/** What a deploy leaves on the nodes and in etcd, written by hand: releases, environments, records, and what nodes report. */
import { createHash } from 'node:crypto'
import {
  environmentFile,
  keysOf,
  type NextRecord,
  NodeReport,
  nodesPrefix,
  type ServingRecord,
} from '@bramble/provision/serving'
import { eventually, type Stage } from './stage.ts'

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const identity = ['--cacert=/etc/bramble/ca.crt', '--cert=/etc/bramble/node.crt', '--key=/etc/bramble/node.key']

/** etcdctl on the first node that answers. */
export async function etcdctl(stage: Stage, ...words: string[]): Promise<string> {
  const argv = ['env', 'ETCDCTL_API=3', 'etcdctl', '--endpoints=https://127.0.0.1:2379', ...identity, ...words]
  let last: unknown
  for (const { name } of stage.spec.nodes) {
    try {
      return await stage.on(name, ...argv)
    } catch (error) {
      last = error
    }
  }
  throw last
}

const record = (stage: Stage, key: string, value: object, ...options: string[]) =>
  etcdctl(stage, 'put', ...options, key, JSON.stringify(value))

export async function readReports(stage: Stage): Promise<Record<string, NodeReport>> {
  const told = JSON.parse(await etcdctl(stage, 'get', '--prefix', nodesPrefix, '--write-out=json')) as {
    kvs?: { key: string; value: string }[]
  }
  const plain = (text: string) => Buffer.from(text, 'base64').toString('utf8')
  return Object.fromEntries(
    (told.kvs ?? []).map(({ key, value }) => [
      plain(key).slice(nodesPrefix.length),
      NodeReport.parse(JSON.parse(plain(value))),
    ]),
  )
}

/** A folder that is there is complete: it gets its name last. */
export async function putRelease(stage: Stage, nodes: readonly string[], app: string, files: Record<string, string>) {
  const release = digestOf(JSON.stringify(files))
  const folder = `/srv/bramble/apps/${app}/releases`
  const script = `import json, os, sys
files = json.load(sys.stdin)
staged = sys.argv[1] + '.part'
for path, text in files.items():
    os.makedirs(os.path.dirname(os.path.join(staged, path)), exist_ok=True)
    with open(os.path.join(staged, path), 'w') as handle:
        handle.write(text)
os.rename(staged, sys.argv[1])`
  await Promise.all(
    nodes.map(async (name) => {
      const transport = await stage.reach(name)
      const argv = ['python3', '-I', '-c', script, `${folder}/${release}`]
      const { code, stderr } = await transport.exec(argv, { as: 'root', stdin: JSON.stringify(files), timeout: 30_000 })
      if (code !== 0) throw new Error(`${name}: ${stderr}`)
    }),
  )
  return release
}

export async function putEnvironment(
  stage: Stage,
  nodes: readonly string[],
  app: string,
  values: Record<string, string>,
): Promise<string> {
  const text = environmentFile(values)
  const digest = digestOf(text)
  const path = `/srv/bramble/apps/${app}/environments/${digest}`
  await Promise.all(
    nodes.map(async (name) => {
      const transport = await stage.reach(name)
      const { code } = await transport.exec(['tee', path], { as: 'root', stdin: text, timeout: 30_000 })
      if (code !== 0) throw new Error(`${name}: ${path} cannot be written`)
      await stage.on(name, 'chmod', '600', path)
    }),
  )
  return digest
}

/** Writes `next` with a claim that lives for ten minutes. */
export async function announce(stage: Stage, serving: ServingRecord): Promise<void> {
  const granted = await etcdctl(stage, 'lease', 'grant', '600')
  const lease = /lease (\w+) granted/.exec(granted)?.[1] ?? ''
  const keys = keysOf(serving.app)
  await etcdctl(stage, 'put', `--lease=${lease}`, keys.claim, 'test')
  const next: NextRecord = {
    ...serving,
    deploy: crypto.randomUUID(),
    phase: 'starting',
    since: new Date().toISOString(),
  }
  await record(stage, keys.next, next)
}

export async function withdraw(stage: Stage, app: string): Promise<void> {
  await etcdctl(stage, 'del', keysOf(app).next)
  await etcdctl(stage, 'del', keysOf(app).claim)
}

/** Waits until the slot is as wanted on each of these nodes. */
export const slotsAre = (stage: Stage, serving: ServingRecord, state: string, nodes = serving.nodes, seconds = 90) =>
  eventually(seconds, async () => {
    const reports = await readReports(stage)
    for (const name of nodes) {
      const slot = reports[name]?.slots[`${serving.app}/${serving.slot}`]
      const wanted = { release: serving.release, environment: serving.environment, state }
      const found = slot && { release: slot.release, environment: slot.environment, state: slot.state }
      if (JSON.stringify(found) !== JSON.stringify(wanted))
        throw new Error(`${name}: ${JSON.stringify(slot)}, not ${JSON.stringify(wanted)}`)
    }
  })

/** Makes a release serve that is ready in its slot, and waits until every balancer that is on sends to it. */
export async function serve(stage: Stage, serving: ServingRecord, balancers: readonly string[]): Promise<void> {
  await record(stage, keysOf(serving.app).serving, serving)
  await balanced(stage, serving, balancers)
  await withdraw(stage, serving.app)
}

export const balanced = (
  stage: Stage,
  { app, generation }: ServingRecord,
  balancers: readonly string[],
  seconds = 60,
) =>
  eventually(seconds, async () => {
    const reports = await readReports(stage)
    const behind = balancers.filter((name) => reports[name]?.balancer?.[app] !== generation)
    if (behind.length > 0) throw new Error(`${behind.join(', ')} do not send to generation ${generation} of ${app}`)
  })

/** The whole of a deploy but its copies. */
export async function deploy(stage: Stage, serving: ServingRecord, balancers: readonly string[]): Promise<void> {
  await announce(stage, serving)
  await slotsAre(stage, serving, 'ready')
  await serve(stage, serving, balancers)
}
