/**
 * Builds an app once, on a node, and brings the result back as a release.
 *
 * On the node: /srv/bramble/builds/<id>/ holds the source, the sandboxed build and its result until it was fetched;
 * /var/cache/bramble-build/<app>/ is kept between builds. The program app-build runs there under a transient unit, as any long
 * action: a worker that ends leaves it to the next one, and a cancel stops it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppSpec, ClusterSpec, NodeSpec, RunEvent } from '@bramble/cluster'
import { z } from 'zod'
import { act } from '../../engine/act.ts'
import { isCancelled } from '../../engine/cancel.ts'
import { persistently } from '../../engine/persistently.ts'
import type { Fleet, Transport } from '../../engine/transport.ts'
import { type RunAction, Trouble } from '../../engine/types.ts'
import { walk } from '../../engine/walk.ts'
import { packages } from '../../resources/packages.ts'
import { clusterPorts } from '../../roles/firewall.ts'
import { appNodes } from '../../serving/nodes.ts'
import { fetchFile, sendFile } from '../../ssh/transfer.ts'
import { builtFolder, type ResolvedApp } from '../detect/index.ts'
import { readSource, sourceLimits } from '../source/index.ts'
import { type BuildPlace, buildCandidates, buildNeed, chooseBuildNode } from './node.ts'

export { type ResolvedApp, resolveApp } from '../detect/index.ts'
export { readSource } from '../source/index.ts'
export {
  type BuildCandidate,
  type BuildLimits,
  type BuildPlace,
  buildCandidates,
  buildNeed,
  chooseBuildNode,
} from './node.ts'

const part = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const script = `${part('./files.py')}\n\n${part('./app-build.py')}`
const program = '/usr/local/lib/bramble/app-build'

/** MB that the cache of an app may have on the node. */
const cacheMB = 1_500

export interface BuildInput {
  spec: ClusterSpec
  fleet: Fleet
  /** Of `chooseBuildNode`. */
  place: BuildPlace
  /** Name of the app. */
  app: string
  resolved: ResolvedApp
  /** Path of the tar of the source, as `readSource` makes it. */
  source: string
  /** Folder for the release, as `readSource` has it. */
  into: string
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

export interface BuiltRelease {
  /** `<digest>.tar` in `into`. */
  path: string
  /** SHA-256 of the tar, in hex. */
  digest: string
  /** Of all files, unpacked. */
  bytes: number
  /** dpkg's, of the node that built it. */
  architecture: string
  /** Folder that is served, which a build may have made. */
  folder: string | null
}

/**
 * Troubles: build-failed (with the last lines), build-memory, build-time, build-disk, build-too-large, those of `readSource` about
 * the result, and of the transport. Nothing is left on the node, whichever way it ends; only a worker that ends leaves the build running.
 */
export async function buildRelease(input: BuildInput): Promise<BuiltRelease> {
  const { fleet, place, app, signal, emit } = input
  const node = nodeOf(input)
  const log = (text: string, stream: 'stdout' | 'stderr' | 'bramble' = 'bramble') =>
    emit({ type: 'log', node: node.name, step: null, stream, text })
  const connect = () => fleet.connect(node, signal)
  log(
    `Building ${app} on ${node.name}: up to ${place.limits.memoryMB} MB of memory, ${place.limits.diskMB} MB of disk, ${Math.round(place.limits.seconds / 60)} min.`,
  )
  const { buildPackages, packages: needed } = input.resolved
  const names = [...new Set(['nftables', ...needed[place.debian], ...buildPackages[place.debian]])]
  await walk({
    ...{ node: node.name, connect, emit, signal, settled: new Set<string>() },
    steps: [
      packages({
        ...{ id: 'apps/build-packages', names, title: `Install what the build of ${app} needs` },
        keepsOthers: true,
      }),
    ],
  })
  const digest = await digestOf(input.source)
  const id = idOf(input, digest)
  const folder = `/srv/bramble/builds/${id}`
  let abandoned = false
  try {
    const again = ({ message }: Trouble) => log(`${message} Trying again.`)
    await persistently(signal, again, async () => {
      const transport = await connect()
      await sendFile(transport, { from: input.source, to: `${folder}/source.tar`, digest, signal })
      await putFiles(transport, input, folder)
      await runBuild(transport, folder, { signal, log })
    })
    return await persistently(signal, again, async () => fetchRelease(await connect(), input, folder))
  } catch (error) {
    // The next worker attaches to it, and removes its files.
    abandoned = signal.aborted && !isCancelled(signal)
    throw error
  } finally {
    if (!abandoned) await clearNode(input, folder)
  }
}

/** Finds a node and builds there. `sourceBytes`: of all files, unpacked. Troubles as of `chooseBuildNode` and `buildRelease`. */
export async function buildSomewhere(
  input: Omit<BuildInput, 'place' | 'app'> & { app: AppSpec; sourceBytes: number },
): Promise<BuiltRelease> {
  const { spec, app, resolved, sourceBytes } = input
  const serving = appNodes(spec, app).map(({ name }) => name)
  const place = chooseBuildNode(await buildCandidates(input), serving, buildNeed(resolved.kind, sourceBytes))
  return buildRelease({ ...input, app: app.name, place })
}

const nodeOf = ({ spec, place }: BuildInput): NodeSpec => spec.nodes.find(({ name }) => name === place.name)!

/** The same source that is built in the same way has the same name: who comes later attaches to a build that runs. */
function idOf({ app, resolved, place }: BuildInput, source: string): string {
  const told = JSON.stringify([app, source, commandsOf(resolved, place), resolved.packages, resolved.buildPackages])
  return createHash('sha256').update(told).digest('hex').slice(0, 16)
}

function commandsOf({ build, ownNode }: ResolvedApp, { debian }: BuildPlace): string[] {
  const version = ownNode[debian]
  if (version === null) return build
  const archive = `node-linux-$(node -p 'process.arch === "arm" ? "armv7l" : process.arch')`
  return [
    `npm install --prefix .node --no-save --no-package-lock --no-audit --no-fund "${archive}@${version}"`,
    'mkdir -p .node/bin && cd .node/bin && ln -s ../node_modules/node-linux-*/bin/node node',
    'node --version',
    ...build,
  ]
}

async function putFiles(transport: Transport, input: BuildInput, folder: string): Promise<void> {
  const { spec, place, app, resolved } = input
  const job = {
    ...{ app, commands: commandsOf(resolved, place), environment: resolved.buildEnvironment, cacheMB, ...place.limits },
    resultMB: sourceLimits.bytes / 1e6,
    denied: [...new Set([...spec.nodes.map(({ address }) => address), spec.vip])],
    ports: clusterPorts(spec),
  }
  const log = () => undefined
  await act(transport, { kind: 'put', path: program, content: script, mode: 0o755 }, { log })
  const content = `${JSON.stringify(job)}\n`
  await act(transport, { kind: 'put', path: `${folder}/job.json`, content, mode: 0o600 }, { log })
}

interface Told {
  signal: AbortSignal
  log: (text: string, stream?: 'stdout' | 'stderr' | 'bramble') => void
}

/** The program stops the build itself when its time is over; the packing comes after it. */
const runAction = (folder: string): RunAction => ({
  kind: 'run',
  argv: [program, folder],
  long: true,
  timeout: 4 * 3600,
})

const Outcome = z.object({
  result: z.enum(['done', 'memory', 'time', 'disk', 'size', 'failed', 'cancelled']),
  words: z.string(),
})

async function runBuild(transport: Transport, folder: string, { signal, log }: Told): Promise<void> {
  const last: string[] = []
  const keep: Told['log'] = (text, stream) => {
    if (stream !== 'bramble') last.push(text)
    if (last.length > 12) last.shift()
    log(text, stream)
  }
  try {
    await act(transport, runAction(folder), { signal, step: 'apps/build', log: keep })
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== 'action-failed') throw error
    const { stdout } = await transport.exec(['cat', `${folder}/outcome.json`], { as: 'root', signal })
    const outcome = stdout ? Outcome.parse(JSON.parse(stdout)) : null
    throw outcome ? troubleOf(outcome, last) : error
  }
}

function troubleOf({ result, words }: z.infer<typeof Outcome>, last: readonly string[]): Trouble {
  const prebuilt = 'Build the app on your own computer and upload it with its result and an empty "build"'
  switch (result) {
    case 'memory':
      return new Trouble('build-memory', words, `${prebuilt}, or add a node with more memory.`)
    case 'time':
      return new Trouble('build-time', words, `${prebuilt}, or check the log for what takes so long.`)
    case 'disk':
      return new Trouble('build-disk', words, `Free some space on the node. ${prebuilt} if that is not enough.`)
    case 'size':
      return new Trouble(
        'build-too-large',
        words,
        'Let the last build command remove what the app does not need to run.',
      )
    default: {
      const lines = last.filter((line) => line.trim() && line !== words && !line.startsWith('$ '))
      return new Trouble(
        'build-failed',
        `${words}${lines.length > 0 ? `\n${lines.slice(-8).join('\n').slice(-1500)}` : ''}`,
        'Correct the app, or its build commands, and deploy it again. The log has all lines.',
      )
    }
  }
}

async function fetchRelease(transport: Transport, input: BuildInput, folder: string): Promise<BuiltRelease> {
  const { into, resolved, place, signal } = input
  await mkdir(into, { recursive: true, mode: 0o700 })
  const archive = join(into, `.${randomUUID()}.tar.gz`)
  try {
    await fetchFile(transport, { from: `${folder}/result.tar.gz`, to: archive, most: sourceLimits.bytes, signal })
    const { digest, path, bytes, seen } = await readSource({
      ...{ source: archive, into, signal, unwrap: false },
      look: async (files) => builtFolder(files, resolved),
    })
    return { digest, path, bytes, architecture: place.architecture, folder: seen }
  } finally {
    await rm(archive, { force: true })
  }
}

/** On every end, a cancel included: over a connection that is not cancelled. */
async function clearNode(input: BuildInput, folder: string): Promise<void> {
  try {
    const transport = await input.fleet.connect(nodeOf(input))
    await transport.exec(['rm', '-rf', '--', folder], { as: 'root', timeout: 300_000 })
  } catch {
    // A node that is gone removes them a day later, with its next build.
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
