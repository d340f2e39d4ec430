/** What set-up's routes are given: the app passes in what this layer may not import. */
import type { ManifestRequest, SetupBody, SetupChoice, SetupChoices } from '../../contracts/setup.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { TicketStore } from '../../store/setup-tickets.ts'

export interface Registered {
  id: number
  slug: string
  name: string
  url: string
  owner: { login: string; isPerson: boolean }
}

export interface Converted extends Registered {
  privateKey: string
  webhookSecret: string
  clientId: string
  clientSecret: string
}

/** Settings by the names of the environment. */
export type SettingValues = Record<string, string>

/** What is wrong with a setting; its name and what `says` make a sentence. */
export interface SettingProblem {
  name: string
  missing: boolean
  says: string
}

export interface SetupPorts {
  publicUrl: string
  githubUrl: string
  /** The name that `app.yml` proposes. */
  name: string
  permissions: NonNullable<SetupBody['facts']>['permissions']
  events: readonly string[]
  asks: readonly SetupChoice[]
  tickets: Pick<TicketStore, 'issue' | 'take' | 'peek' | 'clear'>
  manifest: (wish: Pick<ManifestRequest, 'name' | 'public' | 'workflows'>) => object
  /** Every choice that does not fit, with the environment's own settings around it. */
  problemsOfChoices: (choices: SetupChoices) => SettingProblem[]
  /** The same for everything that would be stored. */
  problemsOf: (values: SettingValues) => SettingProblem[]
  /** Each answers 'away' when GitHub cannot be asked, null when it says no. */
  github: {
    slugTaken: (slug: string) => Promise<boolean | 'away'>
    convert: (code: string) => Promise<Converted | null | 'away'>
    verify: (appId: number, privateKey: string) => Promise<Registered | null | 'away'>
  }
  /** Null: the public address leads here. Otherwise a sentence that says what is wrong. */
  unreachable: () => Promise<string | null>
  /** False when somebody else was first. */
  store: (values: SettingValues) => Promise<boolean>
  audit: (event: AuditEvent) => Promise<void>
  /** The App is stored: this process may turn into the app. */
  configured: () => void
  now: () => number
}
