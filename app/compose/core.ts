/** The core: the engine with its ports, the performers and the webhook handlers, all over real time and chance. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { secretsOf } from './secrets.ts'
import { AGENTS } from '../contracts/executor.ts'
import type { Act } from '../domain/acts.ts'
import { inPublicOf } from '../domain/agent-words.ts'
import { createUrls } from '../domain/render/urls.ts'
import type { Run } from '../domain/run.ts'
import { Budget } from '../github/budget.ts'
import { createClients } from '../github/client.ts'
import { createGitHub } from '../github/github.ts'
import { inspectionOf } from '../github/inspection.ts'
import { takeUndelivered } from '../http/executor/undelivered.ts'
import { newRunId, nonceOf, sandboxOwner, sha256, uuidv7 } from '../ids.ts'
import { Drain } from '../loops/drain.ts'
import type { PerformDeps } from '../perform/perform.ts'
import { Cadence } from '../perform/cadence.ts'
import { Turns } from '../perform/turns.ts'
import { performTable } from '../perform/table.ts'
import { createProbotHandlers } from '../probot.ts'
import type { ProbotHandlers } from '../probot.ts'
import type { SandboxProvider } from '../sandboxes/provider.ts'
import { providerFor } from '../sandboxes/table.ts'
import type { ProviderName } from '../sandboxes/table.ts'
import type { AuditEvent } from '../store/audit.ts'
import type { AuditRecord } from '../webhooks/deps.ts'
import { obstacles } from './door.ts'
import type { AppOptions } from './options.ts'
import { proposalReader } from './proposals.ts'
import type { Stores } from './stores.ts'
import type { Telemetry } from './telemetry.ts'

export interface Told {
  telemetry: Telemetry
}

export type Core = ReturnType<typeof buildCore>

export function buildCore(config: Config, stores: Stores, log: Logger, options: AppOptions & Told) {
  const { telemetry } = options
  const now = () => Date.now()
  const urls = createUrls(config)
  const hurry = { drain: () => {}, intake: () => {}, kill: (_runId: string) => {} }
  const { github, freshGitHub, inspection, budget } = reachGitHub(config, stores, log, options)
  const switchedOff = async () => (await stores.killSwitch.readSwitch()).on
  const engine = telemetry.engine({
    store: stores.runs,
    now,
    chance: () => Math.random(),
    uuid: () => uuidv7(Date.now()),
    runId: newRunId,
    sha256,
    defaults: {
      clocks: config.clocks,
      sandboxProvider: config.sandbox.provider,
      executorRepository: config.executorRepository,
    },
    effectLeaseMs: config.effectLeaseMs,
    switchedOff,
    obstacleTo: obstacles(config, stores, now),
    audit: (acts) => audited(acts, stores, log),
    hurry: (runId, lane) => (lane === 'kill' ? hurry.kill(runId) : hurry.drain()),
  })
  const provider = providers(config)
  const known = { knownSecrets: secretsOf(config), nonceFor: (id: string) => nonceOf(config.secretKey, id) }
  const inPublic = inPublicOf(known)
  const perform: PerformDeps = {
    github,
    provider,
    proposal: proposalReader((runId, digest) => stores.proposals.getProposal(runId, digest)),
    ...surface(config, stores),
    turns: new Turns(stores.places, config.runsAtOnceMax),
    takeUndelivered: (runId, left) => {
      const { proposals, audit } = stores
      const record = (event: AuditEvent) => audit.record(event)
      return takeUndelivered(runId, left, { publicUrl: config.publicUrl, engine, proposals, audit: record, now }, log)
    },
    ...known,
    inPublic,
    sha256,
    switchedOff,
    sandboxOwner: sandboxOwner(config.appId, config.publicUrl),
    urls,
    callbackUrl: (runId) => `${config.publicUrl}/api/runs/${runId}`,
    log,
    now,
  }
  const handlers = createProbotHandlers({
    ...webhookSettings(config, stores),
    engine,
    github,
    urls,
    inPublic,
    log,
    now,
  })
  const drain = new Drain({ engine, table: telemetry.table(performTable), perform, hurry: () => hurry.drain() })
  const leaseMs = config.deliveryLeaseMs
  const handled = { ...webhookWork(handlers, budget, telemetry), chance: () => Math.random() }
  const intakeDeps = { inbox: stores.deliveries, ...handled, log, leaseMs, now }
  return { now, urls, hurry, github, freshGitHub, inspection, engine, provider, perform, drain, intakeDeps }
}

/** One after the other: nearly always it is one. What fails is logged here, and tried again by the engine. */
async function audited(acts: readonly Act[], { audit }: Stores, log: Logger): Promise<void> {
  for (const act of acts) {
    await audit.record(act).catch((err: unknown) => {
      log.error({ err, target: act.target, action: act.action }, 'audit_not_written')
      throw err
    })
  }
}

/** What effects need for what people see on GitHub. */
function surface({ surface: { notify, label } }: Config, { runs }: Stores) {
  return {
    earlierPullRequests: (run: Run) => runs.pullRequestsBefore(run),
    notify,
    label,
    cadence: new Cadence(),
  }
}

/** What the intake hands deliveries to, and what it knows of GitHub's limits. */
function webhookWork({ receive, apologise, commandIn }: ProbotHandlers, budget: Budget | null, telemetry: Telemetry) {
  const handlers = { receive: telemetry.receive(receive), apologise }
  if (!budget) return handlers
  const roomAt = (installationId: number, commands: number) => budget.roomAt(installationId, commands)
  return { ...handlers, room: { commandIn, roomAt } }
}

function reachGitHub(config: Config, stores: Stores, log: Logger, { throttle, telemetry }: AppOptions & Told) {
  const budget = throttle === false ? null : new Budget(stores.content, () => Date.now())
  const options = {
    appId: config.appId,
    privateKey: config.privateKey,
    apiUrl: config.githubApiUrl,
    log,
    budget,
    around: telemetry.aroundGitHub,
    allowedBots: config.surface.allowedBots,
  }
  return {
    github: createGitHub(options),
    /** Without tokens from before: one that was made before a permission was granted does not have it. */
    freshGitHub: () => createGitHub(options),
    inspection: inspectionOf(createClients(options)),
    budget,
  }
}

function webhookSettings(
  { appId, privateKey, webhookSecret, githubApiUrl, clocks, admins, surface }: Config,
  { audit }: Stores,
) {
  return {
    appId,
    privateKey,
    webhookSecret,
    admins,
    label: surface.label,
    labelRemovalCancels: surface.labelRemovalCancels,
    commandInIssueBody: surface.commandInIssueBody,
    allowedBots: surface.allowedBots,
    apiUrl: githubApiUrl,
    agents: AGENTS,
    defaultAgent: AGENTS[0],
    timeoutMsMax: clocks.runMs,
    audit: (event: AuditRecord) => audit.record(event),
  }
}

/** Each provider once, by its name. */
export function providers(config: Pick<Config, 'sandbox'>): (name: string) => Promise<SandboxProvider> {
  const made = new Map<string, Promise<SandboxProvider>>()
  const { e2b, localIsolation } = config.sandbox
  return (name) => {
    const known = made.get(name)
    if (known) return known
    const provider = providerFor(name as ProviderName, {
      e2bApiKey: e2b.apiKey ?? undefined,
      e2bApiUrl: e2b.apiUrl ?? undefined,
      e2bSandboxUrl: e2b.sandboxUrl ?? undefined,
      localIsolation,
    })
    made.set(name, provider)
    return provider
  }
}
