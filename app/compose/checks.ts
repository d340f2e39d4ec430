/** Finds out how an installation stands, for the check page and for `npm run doctor`. Every part is asked, whatever fails. */
import { readFileSync } from 'node:fs'

import type { Config } from '../config.ts'
import type { CheckBody } from '../contracts/checks.ts'
import { CALLER_PATH, callerFile, newFileUrl } from '../domain/caller-workflow.ts'
import { WEBHOOK_PATH } from '../domain/manifest.ts'
import { WORKFLOW_RUN_EVENT } from '../domain/passed-over.ts'
import * as told from '../domain/render/checks.ts'
import { GitHubError } from '../github/errors.ts'
import type { InspectedInstallation, Inspection } from '../github/inspection.ts'
import type { SandboxProvider } from '../sandboxes/provider.ts'
import { readAppFile } from './manifest.ts'
import { unreachable } from './reach.ts'

const CALLER_FILE = new URL('../../.github/workflows/deckhand.yml', import.meta.url)

export interface ChecksDeps {
  config: Config
  inspection: Inspection
  provider: () => Promise<SandboxProvider>
  pingStore: () => Promise<void>
  /** Which of these deliveries stand in the inbox. */
  knownDeliveries: (guids: readonly string[]) => Promise<Set<string>>
  now: () => number
}

/** The file that every repository gets here. */
export function callerFileOf({ executorWorkflows }: Pick<Config, 'executorWorkflows'>): string {
  return callerFile(readFileSync(CALLER_FILE, 'utf8'), executorWorkflows[0]!)
}

/** In the order in which problems are best solved. */
export async function checkInstallation(deps: ChecksDeps): Promise<CheckBody[]> {
  const { config, pingStore, provider } = deps
  const [stored, callback, sandboxes, github] = await Promise.all([
    pingStore().then(
      () => true,
      () => false,
    ),
    unreachable(config.publicUrl),
    provider()
      .then((made) => made.check())
      .catch(() => ({ ok: false, detail: 'The provider does not answer.' })),
    checkGitHub(deps),
  ])
  return [
    told.databaseCheck(stored),
    told.callbackCheck(callback, config.publicUrl),
    ...github,
    told.sandboxCheck(config.sandbox.provider, sandboxes),
  ]
}

async function checkGitHub(deps: ChecksDeps): Promise<CheckBody[]> {
  const { config, inspection, now } = deps
  const app = await inspection.whoWeAre().catch((error: unknown) => {
    if (!(error instanceof GitHubError)) throw error
    return error.kind === 'forbidden' || error.kind === 'not_found' ? ('refused' as const) : ('away' as const)
  })
  if (typeof app === 'string') return told.githubChecks(app, config)
  const skewMs = Number.isNaN(app.clock) ? 0 : now() - app.clock
  const first = told.githubChecks({ app, skewMs }, config)
  try {
    const installations = await inspection.installations()
    const { default_permissions: permissions, default_events: events } = readAppFile()
    return [
      ...first,
      ...told.permissionChecks(app, installations, { permissions, events }, config),
      await checkWebhook(deps, told.appSettingsUrl(app, config)),
      told.installationCheck(app, installations, config),
      ...told.workflowChecks(await repositories(deps, installations), CALLER_PATH),
    ]
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    return [...first, ...told.githubChecks('away', config)]
  }
}

async function checkWebhook({ config, inspection, knownDeliveries }: ChecksDeps, settings: string): Promise<CheckBody> {
  const [url, sent] = await Promise.all([inspection.hookUrl(), inspection.latestDeliveries()])
  const known = await knownDeliveries(sent.map(({ guid }) => guid))
  // Of other people's workflow runs none is kept, and there may be nothing else: 202 is our own word for taking one.
  const isTaken = ({ event, statusCode }: (typeof sent)[number]) => event === WORKFLOW_RUN_EVENT && statusCode === 202
  const deliveries = sent.map((delivery) => ({ ...delivery, stored: known.has(delivery.guid) || isTaken(delivery) }))
  const wanted = config.publicUrl + WEBHOOK_PATH
  const last = deliveries[0]
  // What arrived before there was a secret was turned away; GitHub itself never sends anything twice.
  const again = url === wanted && last !== undefined && !deliveries.some(({ ok, stored }) => ok && stored)
  if (again) await inspection.redeliver(last.id)
  return told.webhookCheck({ url, deliveries, askedAgain: again }, wanted, settings)
}

/** The one central repository, or the first ones of each installation. */
async function repositories(
  { config, inspection }: ChecksDeps,
  installations: readonly InspectedInstallation[],
): Promise<told.FoundRepository[]> {
  const content = callerFileOf(config)
  const central = config.executorRepository
  const found: told.FoundRepository[] = []
  for (const { id, suspended, permissions } of installations) {
    if (suspended) continue
    for (const repository of await inspection.repositoriesOf(id)) {
      const { owner, name } = repository
      if (central && (central.owner !== owner || central.name !== name)) continue
      found.push({
        fullName: `${owner}/${name}`,
        hasWorkflow: await inspection.hasFile(repository, CALLER_PATH),
        newFileUrl: newFileUrl(config.githubUrl, repository, content),
        mayPropose: permissions['workflows'] === 'write',
      })
    }
  }
  return found
}
