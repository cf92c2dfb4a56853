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
import {
  type AppImage,
  type AppSpec,
  type ClusterSpec,
  type NodeSpec,
  type RunEvent,
  registryOf,
} from '@bramble/cluster'
import { z } from 'zod'
import { act } from '../../engine/act.ts'
import { isCancelled } from '../../engine/cancel.ts'
import { persistently } from '../../engine/persistently.ts'
import type { Fleet, Transport } from '../../engine/transport.ts'
import { type RunAction, Secret, Trouble } from '../../engine/types.ts'
import { walk } from '../../engine/walk.ts'
import { packages } from '../../resources/packages.ts'
import { clusterPorts } from '../../roles/firewall.ts'
import { appNodes } from '../../serving/nodes.ts'
import { fetchFile, sendFile } from '../../ssh/transfer.ts'
import { builtImage } from '../detect/image.ts'
import { builtFolder, type ResolvedApp } from '../detect/index.ts'
import { readSource, sourceLimits } from '../source/index.ts'
import { type BuildPlace, buildCandidates, buildNeed, chooseBuildNode } from './node.ts'
import { BuildOutcome, buildTrouble } from './outcome.ts'

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
const script = ['./files.py', './image.py', './app-build.py'].map(part).join('\n\n')
const program = '/usr/local/lib/bramble/app-build'

/** MB that the cache of an app may have on the node. */
const cacheMB = 1_500

/** How a registry is asked for an image. */
export interface RegistryAccess {
  user: string | null
  password: Secret | null
  /** PEM of the authority of its certificate; null: one that Debian knows. */
  authority: string | null
}

export interface BuildInput {
  spec: ClusterSpec
  fleet: Fleet
  /** Of `chooseBuildNode`. */
  place: BuildPlace
  /** Name of the app. */
  app: string
  resolved: ResolvedApp
  /** For an image in a registry that is not for everybody. */
  registry?: RegistryAccess
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
  /** Of the kind image. */
  image: AppImage | null
  /** What the user should know, beside what the source showed. */
  notes: string[]
}

/**
 * Troubles: build-failed (with the last lines), build-memory, build-time, build-disk, build-too-large, build-image, those of `readSource` about
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
      await putAccess(transport, input, folder)
      await runBuild(transport, input, folder, { signal, log })
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
  const { image, packages: needed, buildPackages } = resolved
  const told = JSON.stringify([app, source, commandsOf(resolved, place), needed, buildPackages, image])
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
    architecture: place.architecture,
    ...(resolved.image ? { image: imageJob(resolved) } : {}),
  }
  const log = () => undefined
  await act(transport, { kind: 'put', path: program, content: script, mode: 0o755 }, { log })
  const content = `${JSON.stringify(job)}\n`
  await act(transport, { kind: 'put', path: `${folder}/job.json`, content, mode: 0o600 }, { log })
}

const imageJob = ({ image, processes }: ResolvedApp) => ({ ...image, hasCommand: 'web' in processes })

/** It goes with the build, and is deleted as soon as the image is there. */
async function putAccess(transport: Transport, { registry, resolved }: BuildInput, folder: string): Promise<void> {
  const { image } = resolved
  if (!registry || image?.from !== 'registry') return
  const { user, password, authority } = registry
  const host = registryOf(image.reference!)
  const login = user !== null && password ? Buffer.from(`${user}:${password.reveal()}`).toString('base64') : null
  const auth = login && JSON.stringify({ auths: { [host]: { auth: login } } })
  const content = new Secret(JSON.stringify({ auth, authority }))
  await act(transport, { kind: 'put', path: `${folder}/registry.json`, content, mode: 0o600 }, { log: () => undefined })
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

async function runBuild(transport: Transport, input: BuildInput, folder: string, { signal, log }: Told): Promise<void> {
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
    const outcome = stdout ? BuildOutcome.parse(JSON.parse(stdout)) : null
    throw outcome ? buildTrouble(outcome, last, input.resolved.kind) : error
  }
}

async function fetchRelease(transport: Transport, input: BuildInput, folder: string): Promise<BuiltRelease> {
  const { into, resolved, place, signal } = input
  await mkdir(into, { recursive: true, mode: 0o700 })
  const archive = join(into, `.${randomUUID()}.tar.gz`)
  try {
    await fetchFile(transport, { from: `${folder}/result.tar.gz`, to: archive, most: sourceLimits.bytes, signal })
    const pulled = resolved.image?.from === 'registry' ? await pulledDigest(transport, folder) : null
    const { digest, path, bytes, seen } = await readSource({
      ...{ source: archive, into, signal, unwrap: false },
      look: async (files) => ({
        folder: builtFolder(files, resolved),
        ...(resolved.image
          ? await builtImage(files, { ...resolved.image, digest: pulled })
          : { image: null, notes: [] }),
      }),
    })
    return { digest, path, bytes, architecture: place.architecture, ...seen }
  } finally {
    await rm(archive, { force: true })
  }
}

async function pulledDigest(transport: Transport, folder: string): Promise<string> {
  const { stdout } = await transport.exec(['cat', `${folder}/pulled.json`], { as: 'root' })
  return z.object({ digest: z.string() }).parse(JSON.parse(stdout)).digest
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
