/** What a started app is to whoever started it, and what they may choose besides its settings; `npm start` takes the defaults. */
import type { Logger } from 'pino'
import type { CheckAnswer } from '../http/dispatch.ts'
import type { ConnectOptions } from '../store/connect.ts'

export interface App {
  /** Where it listens. */
  url: string
  /** `/readyz` says no from now on, while requests are still served: for the balancer to notice. */
  drain(): void
  /** Ends streams, finishes what is under way, closes the store. */
  stop(): Promise<void>
}

export interface AppOptions {
  log?: Logger
  /** Folder of the built dashboard. */
  webRoot?: string
  /** Awaited when everything is built and nothing listens yet: whoever holds the port lets go of it. */
  beforeListen?: () => Promise<void>
  /** Hears the address of set-up with its one-time token; by default it is a line of the log, whatever the level. */
  announceSetup?: (url: string) => void
  /** False switches off the budget of GitHub's limits; for tests against a local one. Default true. */
  throttle?: boolean
  /** Holds every answer to the API description; for tests. */
  checkAnswer?: CheckAnswer
  /** Hears of every command to the database; for tests and benchmarks. */
  observeStore?: ConnectOptions['observe']
}
