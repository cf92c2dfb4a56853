/** Apps of the kind node, and static files that npm builds. */
import { minVersion, validRange } from 'semver'
import { z } from 'zod'
import type { ReleaseFiles } from '../source/index.ts'
import { type DebianRelease, type Detected, list, nothing, onBoth } from './detected.ts'

/** The one in Debian. */
const debianNode: Record<DebianRelease, string> = { bookworm: '18.20.0', trixie: '20.19.0' }

const PackageJson = z.object({
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  engines: z.object({ node: z.string().optional() }).catch({}).default({}),
  main: z.string().optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
})

interface Manager {
  file: string
  name: string
  /** With what is needed to build only, and without. */
  install: string
  installToRun: string
  run: string
  /** Takes away what was needed to build only. */
  prune: string | null
}

const npm = { name: 'npm', run: 'npm run build', prune: 'npm prune --omit=dev --no-audit --no-fund' }
const npmCi = {
  ...npm,
  install: 'npm ci --prefer-offline --no-audit --no-fund',
  installToRun: 'npm ci --prefer-offline --omit=dev --no-audit --no-fund',
}
const pnpm = 'npx --yes pnpm@10'
const lockFiles: readonly Manager[] = [
  {
    ...{ file: 'pnpm-lock.yaml', name: 'pnpm', install: `${pnpm} install --frozen-lockfile` },
    ...{
      installToRun: `${pnpm} install --frozen-lockfile --prod`,
      run: `${pnpm} run build`,
      prune: `${pnpm} prune --prod`,
    },
  },
  {
    ...{ file: 'yarn.lock', name: 'yarn', install: 'npx --yes yarn@1 install --frozen-lockfile' },
    ...{ installToRun: 'npx --yes yarn@1 install --frozen-lockfile --production', run: 'npx --yes yarn@1 run build' },
    prune: null,
  },
  { file: 'package-lock.json', ...npmCi },
  { file: 'npm-shrinkwrap.json', ...npmCi },
]
const withoutLock: Manager = {
  ...{ ...npm, file: '', install: 'npm install --no-audit --no-fund' },
  installToRun: 'npm install --omit=dev --no-audit --no-fund',
}

export async function node(files: ReleaseFiles): Promise<Detected | null> {
  const text = await files.text('package.json')
  if (text === null) return null
  const parsed = PackageJson.safeParse(json(text))
  const told = parsed.success ? parsed.data : PackageJson.parse({})
  const lock = lockFiles.find(({ file }) => files.isFile(file))
  const { install, installToRun, run, prune } = lock ?? withoutLock
  const { build, start: script, prestart } = told.scripts
  const hasModules = files.isFolder('node_modules')
  const prebuilt = hasModules || (Object.keys(told.dependencies).length === 0 && !build)
  const main = told.main && files.isFile(told.main.replace(/^\.\//, '')) ? told.main : null
  const entry = main ?? ['server.js', 'index.js', 'app.js'].find((name) => files.isFile(name)) ?? null
  // Debian's npm takes 300 MB of every card: the line of the script is run as it is.
  const start = script ? (prestart ? 'npm start' : script) : entry ? `node ${entry}` : null
  const seen = `${list(['package.json', ...(lock ? [lock.file] : [])])}: `
  const made = `built with ${lock?.name ?? 'npm'}`
  const notes = [
    ...(parsed.success ? [] : ['package.json cannot be read as JSON: correct it, or name the processes.']),
    ...(files.isFile('bun.lock') || files.isFile('bun.lockb')
      ? ['bun.lock was found, and Bun is not in Debian: upload the app with its node_modules.']
      : []),
    ...(lock || prebuilt
      ? []
      : ['There is no lock file: each build can install different versions. Upload package-lock.json, too.']),
  ]
  const ownNode = newerNode(told.engines.node)
  const common = {
    ...nothing,
    ownNode,
    notes,
    buildPackages: onBoth('nodejs', 'npm'),
  }
  if (start === null && build && !hasModules)
    return {
      ...common,
      kind: 'static',
      seen: `${seen}static files, ${made}.`,
      build: [install, run, 'rm -rf node_modules .node'],
      packages: onBoth(),
    }
  const own = ownNode.bookworm !== null || ownNode.trixie !== null
  const installing = build ? [install, run, ...(prune === null ? [] : [prune])] : [installToRun]
  return {
    ...common,
    kind: 'node',
    seen: `${seen}Node${
      prebuilt
        ? `, ${hasModules ? 'with its node_modules' : 'without dependencies'}${own ? '' : ': nothing is built'}`
        : `, ${made}`
    }.`,
    processes: start === null ? {} : { web: start },
    build: prebuilt ? (own ? ['node --version'] : []) : installing,
    packages: onBoth('nodejs', ...(prestart ? ['npm'] : [])),
    noCommand: start === null ? 'package.json has no script "start"' : null,
  }
}

/** The version to take from npm, by release: null where Debian's is new enough. */
function newerNode(range: string | undefined): Record<DebianRelease, string | null> {
  const least = range && validRange(range) ? minVersion(range) : null
  const wanted = (release: DebianRelease) =>
    least && least.major > Number(debianNode[release].split('.')[0]) ? `^${least.version}` : null
  return { bookworm: wanted('bookworm'), trixie: wanted('trixie') }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
