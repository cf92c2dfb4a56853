const { readdirSync } = require('node:fs')
const path = require('node:path')

/** The import rules of docs/developing.md: arrows point down, nothing goes in a circle, one module starts processes. */

const inTree = ['^apps/', '^packages/', '^lab/']

/** Everything in the workspace except the named folders. */
const except = (...allowed) => ({ path: inTree, pathNot: allowed.map((folder) => `^${folder}/`) })

/** A rule that a part imports only the parts below it. `from.pathNot` frees what only tests use. */
const arrow = (part, below, testsOnly = []) => ({
  name: `arrow-${part.replace(/^.*\//, '')}`,
  comment: `${part} may import ${below.length > 0 ? below.join(', ') : 'no other part'}: move what both need downwards.`,
  severity: 'error',
  from: { path: `^${part}/`, pathNot: testsOnly.map((folder) => `^${part}/${folder}/`) },
  to: except(part, ...below),
})

/**
 * The floors of a part, lowest first. A folder may import only what is on a floor below its own, so that no circle is
 * possible; files beside the folders stand above all of them. A folder that no floor names is an error.
 */
function floors(place, names) {
  const order = names.map((floor) => floor.split(' '))
  const known = order.flat().filter((name) => !name.includes('/'))
  const found = readdirSync(path.join(__dirname, place), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['generated', 'features'].includes(entry.name))
    .map((entry) => entry.name)
  const odd = [...found.filter((name) => !known.includes(name)), ...known.filter((name) => !found.includes(name))]
  if (odd.length > 0)
    throw new Error(`.dependency-cruiser.cjs: give each folder of ${place} a floor: ${odd.join(', ')}`)
  return order.flatMap((floor, at) =>
    floor.map((name) => ({
      name: `floor-${place.replace(/^(apps|packages)\/|\/src$/g, '')}-${name.replace('/', '-')}`,
      comment: `${place}/${name} may import only folders on floors below it: move what both need downwards.`,
      severity: 'error',
      from: { path: `^${place}/${name}/`, pathNot: '\\.test\\.tsx?$' },
      to: {
        path: `^${place}/`,
        pathNot: [name, 'generated', ...order.slice(0, at).flat()].map((below) => `^${place}/${below}/`),
      },
    })),
  )
}

module.exports = {
  forbidden: [
    arrow('packages/cluster', []),
    arrow('packages/process', []),
    arrow('packages/db', ['packages/cluster'], ['test']),
    arrow('packages/provision', ['packages/cluster', 'packages/process']),
    arrow('lab', ['packages/provision', 'packages/process', 'packages/cluster'], ['scenarios', 'bench']),
    arrow('apps/web', ['packages/db', 'packages/cluster']),
    arrow('apps/worker', ['packages/db', 'packages/provision', 'packages/process', 'packages/cluster']),
    arrow('apps/cli', ['lab', 'packages/db', 'packages/provision', 'packages/process', 'packages/cluster']),
    ...floors('packages/db/src', [
      'store',
      'audit metrics',
      'people secrets',
      'alerts maintenance runs',
      'apps backups flash',
      'clusters',
    ]),
    ...floors('packages/provision/src', [
      'engine',
      'facts secrets ssh',
      'availability haproxy monitor resources serving tls',
      'etcd flash',
      'roles',
      'rollout',
      'apps backup drill operations',
      'postgres-upgrade',
    ]),
    ...floors('lab/src', ['host', 'cards network', 'images', 'nodes', 'emulation supervisor', 'chaos']),
    ...floors('apps/cli/src', ['supervisor', 'commands testing']),
    ...floors('apps/web/src', [
      'format http',
      'auth ui',
      'api live',
      'charts',
      'features/alerts features/audit features/identity features/runs features/setup features/sign-in features/timeline features/topology',
      'features/compare features/haproxy features/new-cluster features/plan features/postgres features/settings',
      'features/flash features/members features/palette',
      'features/operations features/shell',
      'features/apps features/backups features/drills features/stack',
      'features/node features/overview',
      'app',
    ]),
    {
      name: 'cluster-is-pure',
      comment: 'packages/cluster is the shared words: no I/O, so no module of Node.',
      severity: 'error',
      from: { path: '^packages/cluster/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-module-starts-processes',
      comment: 'Use run, must or start of @bramble/process: argv arrays, one place to look at.',
      severity: 'error',
      from: { path: inTree, pathNot: '^packages/process/src/process\\.ts$' },
      to: {
        path: '(^|/)(node:)?(child_process|cluster)$|(^|/)node_modules/(execa|cross-spawn|shelljs|zx|node-pty|tinyexec)/',
      },
    },
    {
      name: 'provision-is-a-library',
      comment:
        'The engine yields events; who calls it writes them down. The checker is a client of the cluster itself.',
      severity: 'error',
      from: { path: '^packages/provision/', pathNot: '^packages/provision/src/availability/' },
      to: { path: '(^|/)node_modules/(bullmq|ioredis|pg|@prisma)(/|$)' },
    },
    {
      name: 'no-circle',
      comment: 'Two modules that need each other are one module, or there is a third below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that nothing answers: a typing error, or a dependency that package.json does not name.',
      severity: 'error',
      from: { path: inTree },
      to: { couldNotResolve: true, pathNot: '\\.css$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(\\.next|generated|test-results|playwright-report)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.jsx', '.json', '.d.ts'],
    },
  },
}
