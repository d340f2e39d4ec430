import { defineConfig } from 'vitest/config'

/** How long a condition may take to come true on a busy machine; a quiet one sees it at once. */
const poll = { timeout: 20_000, interval: 50 }

/** Every story brings a world of its own; only the code that is loaded for it is shared between files, and warm. */
const isolate = false

/** Every property is tried with the same cases each time. */
const setupFiles = ['test/support/fuzz-seed.ts']

export default defineConfig({
  test: {
    // These end what hangs; how long a sound test takes depends on the machine and on what else it does.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Each scenario brings an app, a runner, sandboxes and a mongod: more of them side by side run out of time on a
    // small machine.
    maxWorkers: 3,
    reporters: ['default', './test/closing-line.ts'],
    coverage: {
      provider: 'custom',
      customProviderModule: './test/coverage/module.ts',
      include: ['app/**/*.ts', 'actions/run-agent/src/**/*.ts', 'cli/**/*.ts', 'web/src/**/*.{ts,tsx}'],
      exclude: ['**/*.test.*', '**/dist/**'],
      reporter: ['text-summary'],
      thresholds: { lines: 85 },
    },
    projects: [
      {
        test: {
          name: 'unit',
          isolate,
          setupFiles,
          expect: { poll },
          include: [
            'app/**/*.test.ts',
            'actions/**/*.test.ts',
            'cli/**/*.test.ts',
            'test/*.test.ts',
            'test/stack/**/*.test.ts',
            'test/sim/**/*.test.ts',
            'test/catalogue/**/*.test.ts',
            'test/bench/**/*.test.ts',
          ],
          globalSetup: ['test/stack/global-setup.ts'],
        },
      },
      {
        test: {
          name: 'scenario',
          expect: { poll },
          include: ['test/scenarios/**/*.test.ts'],
          testTimeout: 300_000,
          isolate,
          globalSetup: ['test/stack/global-setup.ts'],
        },
      },
      {
        test: {
          name: 'web',
          isolate,
          expect: { poll },
          include: ['web/**/*.test.{ts,tsx}', 'test/web/**/*.test.ts'],
          testTimeout: 300_000,
          setupFiles,
        },
      },
    ],
  },
})
