/** What the test runner loads for coverage: in its workers V8's own measurement, in its main process the provider. */
import v8 from '@vitest/coverage-v8'
import type { CoverageProviderModule } from 'vitest/node'

// Not spread: what it keeps between its calls stands on the module itself, and a worker loads this file more than once.
const module: CoverageProviderModule = {
  startCoverage: (options) => v8.startCoverage?.(options),
  takeCoverage: (options) => v8.takeCoverage?.(options),
  stopCoverage: (options) => v8.stopCoverage?.(options),
  getProvider: async () => new (await import('./provider.ts')).WithBrowsers(),
}

export default module
