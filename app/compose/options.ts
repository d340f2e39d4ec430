/** What whoever starts the app may choose besides its settings; tests use it, `npm start` takes the defaults. */
import type { Logger } from 'pino'
import type { ConnectOptions } from '../store/connect.ts'

export interface AppOptions {
  log?: Logger
  /** Folder of the built dashboard. */
  webRoot?: string
  /** False switches off the budget of GitHub's limits; for tests against a local one. Default true. */
  throttle?: boolean
  /** Holds every answer to its schema; for tests. */
  checkAnswers?: boolean
  /** Hears of every command to the database; for tests and benchmarks. */
  observeStore?: ConnectOptions['observe']
}
