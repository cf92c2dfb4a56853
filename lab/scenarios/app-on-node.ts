/** Apps on one node of a lab: built there, and run in the sandbox of their unit, without the rest of a cluster. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RunEvent } from '@bramble/cluster'
import { type AppWishes, sendFile } from '@bramble/provision'
import {
  type BuildLimits,
  type BuildPlace,
  type BuiltRelease,
  buildCandidates,
  buildNeed,
  buildRelease,
  chooseBuildNode,
  type ResolvedApp,
  readSource,
  resolveApp,
} from '@bramble/provision/build'
import { appUnit, environmentFile, launcher, phpServer, phpServerPath, sliceUnit } from '@bramble/provision/serving'
import { eventually, type Stage } from './stage.ts'

export const node = 'pi-1'
const environment = 'e'.repeat(64)
const port = 20_000

export type Files = Record<string, string | Buffer>

export interface Built extends BuiltRelease {
  resolved: ResolvedApp
  /** What the build printed. */
  lines: string[]
}

export interface BuildOptions {
  wishes?: AppWishes
  limits?: Partial<BuildLimits>
  signal?: AbortSignal
  onLine?: (line: string) => void
}

export interface AppBench {
  place(limits?: Partial<BuildLimits>): Promise<BuildPlace>
  /** `source`: files by path (`name!`: executable), or a folder. */
  build(app: string, source: Files | string, options?: BuildOptions): Promise<Built>
  /** Runs the process `web` in its sandbox until `check` is done with it. `values`: its environment. */
  serving(app: string, built: Built, check: () => Promise<void>, values?: Record<string, string>): Promise<void>
  /** Runs a command in the environment of the app, as its user and in its release: for release commands. */
  command(app: string, built: Pick<Built, 'digest'>, command: string): Promise<string>
  /** Status and body, asked over the address of the node as a balancer does. `more`: arguments for curl. */
  ask(path: string, ...more: string[]): Promise<{ status: number; body: string }>
  close(): Promise<void>
}

export async function openBench(stage: Stage): Promise<AppBench> {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-app-builds-'))
  const releases = join(folder, 'releases')
  const { spec, fleet } = stage
  const address = spec.nodes[0]!.address
  const on = (...argv: string[]) => stage.on(node, ...argv)
  // As provisioning does: in a slot only.
  await on('systemctl', 'mask', 'nginx.service')
  const write = async (path: string, stdin: string, mode = '644') => {
    const { code } = await (await stage.reach(node)).exec(['tee', path], { as: 'root', stdin, timeout: 30_000 })
    if (code !== 0) throw new Error(`${path} cannot be written`)
    await on('chmod', mode, path)
  }

  async function sourceOf(app: string, source: Files | string, wishes: AppWishes | undefined) {
    const from = typeof source === 'string' ? source : join(folder, 'sources', app)
    if (typeof source !== 'string') {
      await rm(from, { recursive: true, force: true })
      for (const [name, content] of Object.entries(source)) {
        const path = join(from, name.replace('!', ''))
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, content, { mode: name.endsWith('!') ? 0o755 : 0o644 })
      }
    }
    return readSource({ source: from, into: releases, look: (files) => resolveApp(files, wishes) })
  }

  const place = async (limits: Partial<BuildLimits> = {}) => {
    const found = chooseBuildNode(await buildCandidates({ spec, fleet }), [node], buildNeed('node', 0))
    return { ...found, limits: { ...found.limits, ...limits } }
  }

  const start = async (app: string, { digest, path, resolved }: Built, values: Record<string, string>) => {
    const home = `/srv/bramble/apps/${app}`
    const release = `${home}/releases/${digest}`
    await on('sh', '-c', 'id "$1" >/dev/null 2>&1 || useradd --system --no-create-home "$1"', 'sh', `app-${app}`)
    await on('mkdir', '-p', release, `${home}/environments`, `${home}/slots`, '/usr/local/lib/bramble')
    const names = resolved.packages.trixie
    if (names.length > 0)
      await on(
        'env',
        'DEBIAN_FRONTEND=noninteractive',
        'apt-get',
        'install',
        '-qy',
        '--no-install-recommends',
        ...names,
      )
    await sendFile(await stage.reach(node), { from: path, to: `${home}/${digest}.tar`, digest })
    await on('tar', '-x', '-f', `${home}/${digest}.tar`, '-C', release, '--no-same-owner')
    await on('chown', `root:app-${app}`, home)
    await on('chmod', '750', home)
    await write('/usr/local/lib/bramble/app-run', launcher, '755')
    await write(phpServerPath, phpServer, '755')
    await write(`${home}/slots/a.json`, JSON.stringify({ processes: resolved.processes }))
    const content = environmentFile(values)
    await write(`${home}/environments/${environment}`, content, '600')
    await write('/etc/systemd/system/bramble-apps.slice', sliceUnit(1024))
    const unit = appUnit({ app: { name: app }, slot: 'a', release: digest, environment, port, memory: 256 })
    await write(`/etc/systemd/system/bramble-app-${app}-a@.service`, unit)
    await on('systemctl', 'daemon-reload')
    await on('systemctl', 'start', `bramble-app-${app}-a@web.service`)
  }

  return {
    place,
    async build(app, source, { wishes, limits, signal, onLine } = {}) {
      const { path, digest, bytes, seen: resolved } = await sourceOf(app, source, wishes)
      const lines: string[] = []
      const emit = (event: RunEvent) => {
        if (event.type !== 'log') return
        lines.push(event.text)
        onLine?.(event.text)
      }
      const on = await place(limits)
      const kept = { architecture: on.architecture, folder: resolved.folder, image: null, notes: [] }
      if (resolved.build.length === 0) return { path, digest, bytes, ...kept, resolved, lines }
      const built = await buildRelease({
        ...{ spec, fleet, place: on, app, resolved, source: path, into: releases, emit },
        signal: signal ?? new AbortController().signal,
      })
      return { ...built, resolved, lines }
    },
    async serving(app, built, check, values = {}) {
      const unit = `bramble-app-${app}-a@web.service`
      await start(app, built, values)
      try {
        await check()
      } catch (error) {
        const log = await on('journalctl', '--no-pager', '-n', '40', '-u', unit)
        throw new Error(`${(error as Error).message}\n${log}`, { cause: error })
      } finally {
        await on('systemctl', 'stop', unit)
      }
    },
    async command(app, { digest }, command) {
      const home = `/srv/bramble/apps/${app}`
      await write(`${home}/slots/command.json`, JSON.stringify({ processes: { release: command } }))
      const unit = ['-p', `WorkingDirectory=${home}/releases/${digest}`, '-p', `User=app-${app}`]
      const told = ['-p', `EnvironmentFile=${home}/environments/${environment}`, '-p', 'ProtectSystem=strict']
      const argv = ['/usr/local/lib/bramble/app-run', `${home}/slots/command.json`, 'release']
      return on('systemd-run', '--quiet', '--pipe', '--wait', '--collect', ...unit, ...told, '--', ...argv)
    },
    ask: (path, ...more) =>
      eventually(60, async () => {
        const url = `http://${address}:${port}${path}`
        const text = await on('curl', '-sS', '-m', '10', '-w', '\n%{http_code}', ...more, url)
        const at = text.lastIndexOf('\n')
        return { status: Number(text.slice(at + 1)), body: text.slice(0, at) }
      }),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
