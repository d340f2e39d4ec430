/** The webhook handlers in front of a local GitHub with one repository and one issue, for the tests of what they do. */
import { pino } from 'pino'

import type { NotifyLevel } from '../../app/contracts/browse.ts'
import { inPublicOf } from '../../app/domain/agent-words.ts'
import { createUrls } from '../../app/domain/render/urls.ts'
import { Budget } from '../../app/github/budget.ts'
import { Drain } from '../../app/loops/drain.ts'
import { Cadence } from '../../app/perform/cadence.ts'
import { nothing } from '../../app/perform/perform.ts'
import type { PerformDeps, PerformTable } from '../../app/perform/perform.ts'
import { performTable } from '../../app/perform/table.ts'
import { createProbotHandlers } from '../../app/probot.ts'
import type { AuditRecord, DeliveryOutcome, WebhookPorts } from '../../app/webhooks/deps.ts'
import { openWorld, portOf } from '../stack/github-world.ts'
import type { OpenWorldOptions } from '../stack/github-world.ts'
import { sha256, tellStory } from './story.ts'

/** What a Run says on its issue; the rest of its effects are other stories. */
const SPOKEN = ['react', 'publishComment', 'publishCheck', 'replyLive', 'notify', 'removeLabel'] as const

interface ShopOptions extends OpenWorldOptions {
  notify?: NotifyLevel
  /** Keeps inside GitHub's points, on the story's clock. */
  limits?: boolean
  settings?: Partial<
    Pick<WebhookPorts, 'label' | 'labelRemovalCancels' | 'commandInIssueBody' | 'admins' | 'allowedBots'>
  >
}

export async function openShopWithHandlers({
  notify = 'needs-me',
  limits = false,
  settings = {},
  ...options
}: ShopOptions = {}) {
  const w = await openWorld(options)
  const story = tellStory()
  const { engine, rows, flip } = story
  const audit: AuditRecord[] = []
  w.local.setCollaborator({ repository: 'acme/shop', login: 'hubot', role: 'triage' })
  w.local.createUser({ login: 'monalisa' })
  w.local.createUser({ login: 'mallory' })
  const budget = new Budget({ takeContent: async () => 0, blockContent: async () => {} }, () => story.now)
  const github = portOf(w.local, undefined, limits ? budget : null, settings.allowedBots)
  const urls = createUrls({ publicUrl: 'https://agents.example.com', githubUrl: w.local.url })
  const nonceFor = (dispatchId: string): string => sha256(`nonce ${dispatchId}`)
  const inPublic = inPublicOf({ knownSecrets: [w.local.app.webhookSecret], nonceFor })
  const handlers = createProbotHandlers({
    appId: w.local.app.id,
    privateKey: w.local.app.privateKeyPem,
    webhookSecret: w.local.app.webhookSecret,
    apiUrl: w.local.apiUrl,
    engine,
    github,
    urls,
    inPublic,
    log: pino({ level: 'silent' }),
    now: () => story.now,
    agents: ['stub'],
    defaultAgent: 'stub',
    timeoutMsMax: 3_600_000,
    admins: ['monalisa'],
    label: 'agent',
    labelRemovalCancels: true,
    commandInIssueBody: false,
    allowedBots: [],
    ...settings,
    audit: async (event) => {
      if (event.once === undefined || audit.every(({ once }) => once !== event.once)) audit.push(event)
    },
  })
  const heard: { name: string; payload: Record<string, unknown> }[] = []
  w.local.onEvent(({ name, payload }) => heard.push({ name, payload }))
  let deliveries = 0
  const receive = (name: string, payload: unknown): Promise<DeliveryOutcome> =>
    handlers.receive({ id: `delivery-${++deliveries}`, name, payload })
  /** Hands over the newest event of this name. */
  const newest = async (name: string): Promise<Record<string, unknown>> => {
    await w.local.deliveries.idle()
    return heard.findLast((e) => e.name === name)!.payload
  }
  const last = async (name: string): Promise<DeliveryOutcome> => receive(name, await newest(name))
  const say = (body: string, by = 'octocat', number = w.issue): Promise<DeliveryOutcome> => {
    w.local.comment({ repository: 'acme/shop', number, by, body })
    return last('issue_comment')
  }
  const others = Object.keys(performTable).map((type) => [type, async () => nothing])
  const spoken = SPOKEN.map((type) => [type, performTable[type]])
  const table = Object.fromEntries([...others, ...spoken]) as PerformTable
  const log = { info() {}, warn() {}, error() {} }
  const perform = {
    github,
    urls,
    inPublic,
    sha256,
    cadence: new Cadence(),
    notify,
    proposal: async () => null,
    label: 'agent',
    log,
    now: () => story.now,
  }
  const drain = new Drain({ engine, table, perform: perform as unknown as PerformDeps })
  return {
    ...w,
    story,
    /** Says on the issue what the Runs have to say by now. */
    settle: () => drain.stepOrdinary(),
    engine,
    flip,
    audit,
    budget,
    handlers,
    nonceFor,
    newest,
    receive,
    last,
    /** The webhook of a comment once more, under another delivery id. */
    again: (commentId: number) =>
      receive('issue_comment', heard.find((e) => (e.payload['comment'] as { id?: number })?.id === commentId)!.payload),
    say,
    runs: () => [...rows.values()].map((row) => row.run),
    reactions: () => w.local.state.reactions.map((r) => r.content),
    replies: () => w.local.state.comments.filter((c) => c.body.includes('deckhand:')).map((c) => c.body),
    [Symbol.asyncDispose]: () => w[Symbol.asyncDispose](),
  }
}

export type ShopWithHandlers = Awaited<ReturnType<typeof openShopWithHandlers>>
