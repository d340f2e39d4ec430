/** What the set-up pages and the app say to each other, and what `app.yml` holds. */
import { z } from 'zod'

/** Settings that set-up can bring besides the App itself, by their names in the environment. */
export const setupChoices = ['ADMINS', 'SANDBOX_PROVIDER', 'E2B_API_KEY', 'EXECUTOR_WORKFLOW'] as const
export type SetupChoice = (typeof setupChoices)[number]

const CHOICE_CHARS_MAX = 4_096
const PEM_CHARS_MAX = 16_384
/** GitHub's own limit for the name of an App. */
export const APP_NAME_CHARS_MAX = 34

const choice = z.string().max(CHOICE_CHARS_MAX).optional()
/** An empty text counts as not given. */
export const SetupChoices = z.strictObject({
  ADMINS: choice,
  SANDBOX_PROVIDER: choice,
  E2B_API_KEY: choice,
  EXECUTOR_WORKFLOW: choice,
} satisfies Record<SetupChoice, z.ZodType>)
export type SetupChoices = z.infer<typeof SetupChoices>

const Level = z.enum(['read', 'write', 'admin'])
/** `app.yml`, as far as it is the App's manifest. */
export const AppFile = z.looseObject({
  name: z.string().max(APP_NAME_CHARS_MAX),
  description: z.string(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), Level),
  default_events: z.array(z.string()),
})
export type AppFile = z.infer<typeof AppFile>

/** `GET /api/setup`. `facts` is null until this browser has shown the token of the log. */
export const SetupBody = z.strictObject({
  claimed: z.boolean(),
  facts: z
    .strictObject({
      publicUrl: z.string(),
      githubUrl: z.string(),
      name: z.string(),
      permissions: z.array(z.strictObject({ name: z.string(), level: Level, why: z.string() })),
      events: z.array(z.string()),
      /** What the environment does not say and set-up should ask for. */
      asks: z.array(z.enum(setupChoices)),
    })
    .nullable(),
})
export type SetupBody = z.infer<typeof SetupBody>

export const SetupClaim = z.strictObject({ token: z.string().max(200) })

/** Whether the app reaches itself under its public address, as GitHub and people will. */
export const ReachBody = z.strictObject({ reachable: z.boolean(), detail: z.string() })
export type ReachBody = z.infer<typeof ReachBody>

export const ManifestRequest = z.strictObject({
  name: z.string().trim().min(1).max(APP_NAME_CHARS_MAX),
  /** Null: the App belongs to the account of whoever creates it. */
  organization: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/)
    .nullable(),
  public: z.boolean(),
  /** Also ask for `workflows: write`, so that Deckhand can propose the workflow file itself. */
  workflows: z.boolean(),
  showValues: z.boolean(),
  choices: SetupChoices,
})
export type ManifestRequest = z.infer<typeof ManifestRequest>
/** A form for the browser to post to GitHub: `action` holds the state, `manifest` is JSON. */
export const ManifestForm = z.strictObject({ action: z.string(), manifest: z.string() })
export type ManifestForm = z.infer<typeof ManifestForm>

export const ConversionRequest = z.strictObject({ code: z.string().max(256), state: z.string().max(256) })
export type ConversionRequest = z.infer<typeof ConversionRequest>

export const ExistingRequest = z.strictObject({
  appId: z.string().trim().max(20),
  privateKey: z.string().max(PEM_CHARS_MAX),
  webhookSecret: z.string().trim().max(CHOICE_CHARS_MAX),
  clientId: z.string().trim().max(256),
  clientSecret: z.string().trim().max(256),
  choices: SetupChoices,
})
export type ExistingRequest = z.infer<typeof ExistingRequest>

/** The App is stored; the process that answered is turning into the app itself. */
export const ConfiguredBody = z.strictObject({
  name: z.string(),
  appUrl: z.string(),
  installUrl: z.string(),
  /** The settings as lines of an environment file; shown this once, where it was asked for. */
  values: z.record(z.string(), z.string()).nullable(),
})
export type ConfiguredBody = z.infer<typeof ConfiguredBody>
