/** P12: from the start of the app's process to the moment in which it says that it is ready. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'

import { freePort } from '../stack/ports.ts'
import { ROOT, startWorld } from '../stack/world.ts'
import { digits, median, row, ROUNDS } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'

const READY_MS_MAX = 30_000
const LOOK_EVERY_MS = 10

async function run({ mongo }: Context): Promise<Row[]> {
  await using world = await startWorld({
    mongoUri: mongo.uri(`bench_${randomUUID().slice(0, 8)}`),
    checkResponses: false,
  })
  const times: number[] = []
  // The first start makes the indexes; those after it find them, as a restart does.
  for (let round = 0; round <= ROUNDS; round++) {
    const ms = await startMs(world.env)
    if (round > 0) times.push(ms)
  }
  const spread = `from ${digits(Math.min(...times) / 1000)} to ${digits(Math.max(...times) / 1000)} s`
  return [row('start of the app to ready', median(times) / 1000, '<=', 1.5, 's', spread)]
}

async function startMs(env: Record<string, string>): Promise<number> {
  const port = await freePort(0)
  const start = performance.now()
  const child = spawn(process.execPath, [`${ROOT}/app/main.ts`], {
    env: { PATH: process.env['PATH'], ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    while (performance.now() - start < READY_MS_MAX) {
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null)
      if (ready?.ok) return performance.now() - start
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    throw new Error(`The app was not ready within ${READY_MS_MAX / 1000} s.`)
  } finally {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
}

export const coldStart: Bench = {
  id: 'p12',
  title: 'P12: cold start',
  how: `${ROUNDS} starts of \`node app/main.ts\` against a database that has its indexes, until \`/readyz\` answers 200.`,
  run,
}
