import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** What takes many minutes: run by name. */
const endurance = [
  'lab/scenarios/alerts.test.ts',
  'lab/scenarios/chaos.test.ts',
  'lab/scenarios/new-cluster.test.ts',
  'lab/scenarios/upgrade.test.ts',
  'apps/cli/scenarios/journey-backups.test.ts',
  'apps/cli/scenarios/journey-members.test.ts',
  'apps/cli/scenarios/journey-upgrade.test.ts',
  'apps/cli/scenarios/journey-watch.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { '@': fileURLToPath(new URL('./apps/web/src', import.meta.url)) } },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.{ts,tsx}', 'lab/src/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Files run side by side, and a shared machine may stall one of them past a deadline.
          retry: 1,
        },
      },
      {
        test: {
          name: 'scenarios',
          include: ['lab/scenarios/*.test.ts', 'apps/cli/scenarios/up.test.ts'],
          exclude: endurance,
          // One lab at a time: the nodes of two scenarios would fight for the same cores and deadlines.
          fileParallelism: false,
          testTimeout: 10 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
      {
        test: {
          name: 'security',
          include: ['apps/cli/scenarios/security/*.test.ts'],
          // Each file starts a Bramble of its own.
          fileParallelism: false,
          testTimeout: 5 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
      {
        test: {
          name: 'endurance',
          include: endurance,
          fileParallelism: false,
          testTimeout: 15 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
      {
        // Figures, not verdicts: run by name.
        test: { name: 'bench', include: ['apps/cli/bench/*.test.ts'], fileParallelism: false },
      },
      {
        test: {
          name: 'browser',
          include: ['apps/cli/scenarios/journey*.test.ts'],
          exclude: endurance,
          fileParallelism: false,
          testTimeout: 15 * 60_000,
          hookTimeout: 15 * 60_000,
        },
      },
    ],
  },
})
