/** What the admin pages are given: the stores' lists, the sandbox provider, and a look at every part of the house. */
import type { Config } from '../config.ts'
import type { PartBody } from '../contracts/admin.ts'
import type { AdminPorts } from '../http/api/admin/ports.ts'
import { ping } from '../store/connect.ts'
import { runGauges } from '../store/run-gauges.ts'
import type { Core } from './core.ts'
import { redactor } from './log.ts'
import type { Stores } from './stores.ts'

/** Pages ask every few seconds; GitHub and the provider are asked less often. */
const PART_FRESH_MS = 30_000
const PART_MS_MAX = 2_500

export function adminPorts(config: Config, stores: Stores, core: Core): AdminPorts {
  const { github, perform, hurry, now } = core
  const provider = () => core.provider(config.sandbox.provider)
  const gitHub = remembered(now, () =>
    part('github', async () => ({ ok: true, detail: `GitHub answers to the App ${await github.appSlug()}.` }), {
      away: 'GitHub does not answer, or does not accept the key of the App.',
    }),
  )
  const sandboxes = remembered(now, () =>
    part(
      'sandboxes',
      async () => {
        const made = await provider()
        if (made.reach === 'runner') return { ok: true, detail: `Sandboxes of ${made.name} live where each job runs.` }
        const { ok, detail } = await made.check()
        return { ok, detail: `${made.name}: ${detail}` }
      },
      { away: 'The sandbox provider does not answer.' },
    ),
  )
  const database = () =>
    part('database', async () => (await ping(stores.connection), { ok: true, detail: 'MongoDB answers.' }), {
      away: 'MongoDB does not answer.',
    })
  return {
    gauges: runGauges(stores.connection),
    deliveries: stores.deliveries,
    arrived: () => hurry.intake(),
    trail: stores.audit,
    async sandboxes() {
      const made = await provider()
      return {
        name: made.name,
        reach: made.reach,
        list: () => made.list(perform.sandboxOwner),
        destroy: (id) => made.destroy(id),
      }
    },
    redact: redactor(config),
    parts: () => Promise.all([database(), gitHub(), sandboxes()]),
  }
}

type Answer = Pick<PartBody, 'ok' | 'detail'>

/** Says `away` when there is no answer in time: why is in the log of whoever failed, not on a page. */
async function part(name: PartBody['name'], ask: () => Promise<Answer>, { away }: { away: string }): Promise<PartBody> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: away }), PART_MS_MAX)
  })
  try {
    return { name, ...(await Promise.race([ask(), late])) }
  } catch {
    return { name, ok: false, detail: away }
  } finally {
    clearTimeout(timer)
  }
}

function remembered(now: () => number, ask: () => Promise<PartBody>): () => Promise<PartBody> {
  let known: { answer: Promise<PartBody>; until: number } | null = null
  return () => {
    if (!known || known.until <= now()) known = { answer: ask(), until: now() + PART_FRESH_MS }
    return known.answer
  }
}
