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

module.exports = {
  forbidden: [
    arrow('packages/cluster', []),
    arrow('packages/db', ['packages/cluster'], ['test']),
    arrow('packages/provision', ['packages/cluster']),
    arrow('lab', ['packages/provision', 'packages/cluster'], ['scenarios', 'bench']),
    arrow('apps/web', ['packages/db', 'packages/cluster']),
    arrow('apps/worker', ['packages/db', 'packages/provision', 'packages/cluster']),
    arrow('apps/cli', ['lab', 'packages/db', 'packages/provision', 'packages/cluster']),
    {
      name: 'cluster-is-pure',
      comment: 'packages/cluster is the shared words: no I/O, so no module of Node.',
      severity: 'error',
      from: { path: '^packages/cluster/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-module-starts-processes',
      comment: 'Use run, must or start of @bramble/provision: argv arrays, one place to look at.',
      severity: 'error',
      from: { path: inTree, pathNot: '^packages/provision/src/transports/local\\.ts$' },
      to: {
        path: '(^|/)(node:)?(child_process|cluster)$|(^|/)node_modules/(execa|cross-spawn|shelljs|zx|node-pty|tinyexec)/',
      },
    },
    {
      name: 'provision-is-a-library',
      comment:
        'The engine yields events; who calls it writes them down. The checker is a client of the cluster itself.',
      severity: 'error',
      from: { path: '^packages/provision/', pathNot: '^packages/provision/src/checker/' },
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
