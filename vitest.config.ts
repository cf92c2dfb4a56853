import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes many minutes: run by name. */
const endurance = [
  'lab/scenarios/alerts.test.ts',
  'lab/scenarios/chaos.test.ts',
  'lab/scenarios/upgrade.test.ts',
  'lab/scenarios/new-cluster.test.ts',
  'lab/scenarios/reload.test.ts',
  'lab/scenarios/card.test.ts',
  'lab/scenarios/handover.test.ts',
  'lab/scenarios/handover-database.test.ts',
  'lab/scenarios/https.test.ts',
  'lab/scenarios/https-acme.test.ts',
  'lab/scenarios/kept-data.test.ts',
  'lab/scenarios/secrets.test.ts',
  'lab/scenarios/secrets-backups.test.ts',
  'lab/scenarios/members.test.ts',
  'lab/scenarios/quorum.test.ts',
  'lab/scenarios/expiry.test.ts',
  'lab/scenarios/app-builds.test.ts',
  'lab/scenarios/app-built.test.ts',
  'lab/scenarios/app-deploys.test.ts',
  'lab/scenarios/app-git.test.ts',
  'lab/scenarios/app-kinds.test.ts',
  'lab/scenarios/app-drills.test.ts',
  'lab/scenarios/app-hard.test.ts',
  'lab/scenarios/app-image.test.ts',
  'lab/scenarios/app-image-worker.test.ts',
  'lab/scenarios/app-limits.test.ts',
  'apps/cli/scenarios/journey-app-kinds.test.ts',
  'apps/cli/scenarios/journey-backups.test.ts',
  'apps/cli/scenarios/journey-members.test.ts',
  'apps/cli/scenarios/journey-upgrade.test.ts',
  'apps/cli/scenarios/journey-watch.test.ts',
]

/** Files that run side by side are begun longest first, so that none is left to run alone. One that is not named here: before all. */
const longestFirst = [
  ...['operations', 'flash', 'drills', 'backups', 'cluster', 'renewal', 'apps', 'app-serving'],
  ...[
    'power-cut',
    'balancing',
    'refusals',
    'watch',
    'bookworm',
    'up',
    'lab',
    'cards',
    'journey',
    'journey-apps',
    'journey-flash',
    'journey-station',
  ],
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const place = ({ moduleId }: TestSpecification) =>
      longestFirst.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

/** Leaves on PATH what each suite declares. */
const globalSetup = ['apps/cli/src/testing/declared-path.ts']

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias: { '@': fileURLToPath(new URL('./apps/web/src', import.meta.url)) } },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.{ts,tsx}', 'lab/src/**/*.test.ts'],
          globalSetup: [...globalSetup, 'packages/db/test/shared-postgres.ts'],
          maxWorkers: 2,
          // Files run side by side, and a shared machine may stall one of them for long.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'scenarios',
          include: ['lab/scenarios/*.test.ts', 'apps/cli/scenarios/up.test.ts'],
          exclude: endurance,
          globalSetup,
          // Each file has a lab of its own. Two keep two cores busy; beside a third, what is measured in seconds came late.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 10 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
      {
        test: {
          name: 'security',
          include: ['apps/cli/scenarios/security/*.test.ts'],
          // Each file starts a Bramble of its own, and some flood it: beside another one, answers come late.
          globalSetup,
          fileParallelism: false,
          testTimeout: 5 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
      {
        test: {
          name: 'endurance',
          include: endurance,
          globalSetup,
          fileParallelism: false,
          testTimeout: 15 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
      {
        // Figures, not verdicts: run by name.
        test: { name: 'bench', include: ['apps/cli/bench/*.test.ts'], globalSetup, fileParallelism: false },
      },
      {
        test: {
          name: 'browser',
          include: ['apps/cli/scenarios/journey*.test.ts'],
          exclude: endurance,
          globalSetup,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 15 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
    ],
  },
})
