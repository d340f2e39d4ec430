import { createParser } from 'eventsource-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Job, executorWorld, seconds } from '../../../test/stack/http/executor.ts'
import type { ExecutorWorld } from '../../../test/stack/http/executor.ts'

let world: ExecutorWorld
beforeAll(async () => {
  world = await executorWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function boundJob(): Promise<Job> {
  const job = await Job.of(await world.dispatched(), world)
  await job.bound()
  return job
}

/** A job's control stream; `next` resolves with the next event's name, or null at the end. */
async function listen(job: Job) {
  const response = await fetch(`${job.base}/control`, { headers: await job.bearer('/control') })
  const events: string[] = []
  const said: unknown[] = []
  const onEvent = ({ event, data }: { event?: string | undefined; data: string }): void => {
    events.push(event ?? 'message')
    if (event === 'message') said.push(JSON.parse(data))
  }
  const parser = createParser({ onEvent })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const next = async (): Promise<string | null> => {
    while (events.length === 0) {
      const { value, done } = await reader.read()
      if (done) return null
      parser.feed(value)
    }
    return events.shift()!
  }
  return { status: response.status, next, said, end: () => reader.cancel() }
}

test('a cancel and then a kill reach the job at once, each told once', async () => {
  const job = await boundJob()
  const stream = await listen(job)
  expect(await stream.next()).toBe('ping')
  await world.runs.cancel(job.run)
  expect(await stream.next()).toBe('cancel')
  await world.runs.engine.submit(job.run.id, { type: 'kill', by: 'octocat', reason: null, at: Date.now() })
  expect(await stream.next()).toBe('kill')
  await stream.end()
})

test('what was missed is said at the next connect', async () => {
  const job = await boundJob()
  await world.runs.cancel(job.run)
  const stream = await listen(job)
  expect([await stream.next(), await stream.next()]).toEqual(['ping', 'cancel'])
  await stream.end()
})

const sayTo = (job: Job, id: string) =>
  world.runs.engine.submit(job.run.id, { type: 'say', id, by: 'octocat', text: id, via: 'comment', at: Date.now() })

test('what people say reaches the job at once, in order and each once; what was missed is said at the next connect', async () => {
  const job = await boundJob()
  const stream = await listen(job)
  expect(await stream.next()).toBe('ping')
  await sayTo(job, 'a')
  expect(await stream.next()).toBe('message')
  await sayTo(job, 'b')
  expect(await stream.next()).toBe('message')
  const [a, b] = ['a', 'b'].map((id) => ({ id, by: 'octocat', text: id }))
  expect(stream.said).toEqual([a, b])
  await stream.end()

  expect(await (await job.report('message.delivered', { id: 'a' })).json()).toMatchObject({ messages: [b] })
  const again = await listen(job)
  expect([await again.next(), await again.next()]).toEqual(['ping', 'message'])
  expect(again.said).toEqual([b])
  await world.runs.cancel(job.run)
  expect(await again.next()).toBe('cancel')
  await again.end()
})

test('the third stream of a Run ends the oldest', async () => {
  const job = await boundJob()
  const streams = [await listen(job), await listen(job), await listen(job)]
  expect(await streams[0]!.next()).toBe('ping')
  expect(await streams[0]!.next()).toBeNull()
  await world.runs.cancel(job.run)
  for (const stream of streams.slice(1)) {
    expect([await stream.next(), await stream.next()]).toEqual(['ping', 'cancel'])
    await stream.end()
  }
})

test('no token, an old one, or one for another address opens no stream', async () => {
  const job = await boundJob()
  const status = async (headers: Record<string, string>) => (await fetch(`${job.base}/control`, { headers })).status
  expect(await status({})).toBe(401)
  expect(await status({ authorization: 'Bearer x' })).toBe(401)
  expect(await status(await job.bearer('/control', {}, { header: { iat: seconds() - 120 } }))).toBe(401)
  expect(await status(await job.bearer('/logs'))).toBe(401)
  expect(world.server.server.streams.size).toBe(0)
})
