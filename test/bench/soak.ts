/** P9: whether the app's memory stays where it is while webhooks arrive, people watch and Runs come and go. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { mongo } from 'mongoose'

import { STREAMS_PER_READER_MAX } from '../../app/http/api/stream-places.ts'
import { ROOT, startWorld } from '../stack/world.ts'
import type { World } from '../stack/world.ts'
import { digits, row, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'
import { signedComment } from './deliveries.ts'
import { sendAll } from './load.ts'

const WEBHOOKS_A_SECOND = 50
const TICK_MS = 100
const TICKS_A_SECOND = 1_000 / TICK_MS
const WEBHOOKS_A_TICK = WEBHOOKS_A_SECOND / TICKS_A_SECOND
const READERS = 1_000
const MINUTES = 60
const SHORT_MINUTES = 3
/** Of the whole time; caches and the engine's own compiled code fill up in it. */
const WARM_PART = 1 / 6
const RUN_EVERY_S = 60
const LOOK_EVERY_S = 5
const MIB = 1024 * 1024

interface Look {
  minute: number
  rssMib: number
}

async function run({ mongo: database, full, say }: Context): Promise<Row[]> {
  const minutes = full ? MINUTES : SHORT_MINUTES
  const mongoUri = database.uri(`bench_${randomUUID().slice(0, 8)}`)
  const tokens = Array.from({ length: Math.ceil(READERS / STREAMS_PER_READER_MAX) }, () =>
    randomBytes(24).toString('hex'),
  )
  await using world = await startWorld({
    mongoUri,
    checkResponses: false,
    settings: { LOG_LEVEL: 'error', RUNS_PER_DAY_MAX: '0' },
  })
  const readers = tokens.map((token, n) => `reader-${n}:${createHash('sha256').update(token).digest('hex')}:*/*:read`)
  const tokensOfAll = [world.env['API_TOKENS'], ...readers].join(',')
  const env = { ...world.env, NODE_OPTIONS: await startFlags(), API_TOKENS: tokensOfAll }
  await using app = await Server.start('app.ts', [], env, 'any')
  await using clients = await Server.start(
    'stream-clients.ts',
    [`${world.appUrl}/api/stream?topics=runs`, ...tokens],
    {},
    'any',
  )
  await clients.ask({ open: READERS })
  const statuses = new Map<number, number>()
  const looks: Look[] = []
  const runs: number[] = []
  const start = performance.now()
  for (let tick = 0; tick < minutes * 60 * TICKS_A_SECOND; tick++) {
    await sleep(Math.max(0, start + tick * TICK_MS - performance.now()))
    const second = tick / TICKS_A_SECOND
    if (second % RUN_EVERY_S === 0) runs.push(assign(world))
    if (second % LOOK_EVERY_S === 0) looks.push({ minute: second / 60, rssMib: app.usage().rssBytes / MIB })
    if (second % 60 === 0) say(`  minute ${second / 60} of ${minutes}: ${digits(looks.at(-1)!.rssMib)} MiB`)
    const sent = await sendAll(world.appUrl, webhooks(world), WEBHOOKS_A_TICK)
    for (const [status, count] of sent.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
  }
  const { cpuMicros } = app.usage()
  const left = await app.ask<NodeJS.MemoryUsage>({})
  const { open, heard } = await clients.ask<{ open: number; heard: number }>({})
  await world.runner.idle()
  const warm = looks.filter(({ minute }) => minute >= minutes * WARM_PART)
  const sentAll = [...statuses.values()].reduce((sum, count) => sum + count, 0)
  return [
    judged(
      full,
      row('growth of memory after warming up', slopeOf(warm), '<=', 1, 'MiB a minute', `over ${digits(minutes)} min`),
    ),
    row('memory at most', Math.max(...looks.map(({ rssMib }) => rssMib)), '<=', 300, 'MiB', leftIn(left)),
    row('webhooks answered 202', statuses.get(202) ?? 0, '>=', sentAll, `of ${sentAll}`),
    row('readers that are still there at the end', open, '>=', READERS, 'readers', `${digits(heard)} events heard`),
    row('Runs that succeeded meanwhile', succeeded(world), '>=', runs.length, `of ${runs.length}`),
    {
      what: 'CPU of the app, of one core',
      measured: `${digits(cpuMicros / (minutes * 60 * 10_000))} %`,
      goal: '',
      met: null,
    },
    await expiring(mongoUri),
  ]
}

/** What `npm start` gives to Node. */
async function startFlags(): Promise<string> {
  const { scripts } = JSON.parse(await readFile(`${ROOT}/package.json`, 'utf8')) as { scripts: { start: string } }
  return /node ((?:--\S+ )*)app\/main\.ts$/.exec(scripts.start)![1]!.trim()
}

const leftIn = ({ heapUsed, arrayBuffers }: NodeJS.MemoryUsage): string =>
  `${digits((heapUsed + arrayBuffers) / MIB)} MiB of it are in use once garbage is collected`

/** A slope over a few minutes says nothing of an hour. */
const judged = (full: boolean, found: Row): Row =>
  full ? found : { ...found, goal: `${found.goal} (--full)`, met: null }

const webhooks = ({ appUrl, env }: World): Buffer[] =>
  Array.from({ length: WEBHOOKS_A_TICK }, () => signedComment(appUrl, env['WEBHOOK_SECRET']!))

function assign(world: World): number {
  const issue = world.openIssue()
  world.comment(issue, '/assign-agent')
  return issue
}

const succeeded = ({ github }: World): number =>
  github.state.comments.filter(({ body }) => body.startsWith('🟢')).length

/** Least squares. */
function slopeOf(looks: readonly Look[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(looks.map(({ minute }) => minute)), mean(looks.map(({ rssMib }) => rssMib))]
  const over = looks.reduce((sum, { minute, rssMib }) => sum + (minute - x) * (rssMib - y), 0)
  return over / looks.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0)
}

async function expiring(uri: string): Promise<Row> {
  const client = await mongo.MongoClient.connect(uri)
  try {
    const names: string[] = []
    for (const { collectionName } of await client.db().collections()) {
      const indexes = await client.db().collection(collectionName).indexes()
      if (indexes.some(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)) names.push(collectionName)
    }
    return { what: 'collections that a TTL index empties', measured: names.toSorted().join(', '), goal: '', met: null }
  } finally {
    await client.close()
  }
}

export const soak: Bench = {
  id: 'p9',
  title: 'P9: memory over time',
  how: `${WEBHOOKS_A_SECOND} webhooks a second that ask for nothing, ${READERS} open streams and a Run every ${RUN_EVERY_S} s, for ${MINUTES} minutes with \`--full\` and ${SHORT_MINUTES} without; the app is a process of its own with the flags of \`npm start\`, looked at every ${LOOK_EVERY_S} s, and the first sixth of the time counts as warming up.`,
  run,
}
