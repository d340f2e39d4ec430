/** The multiplexer with a clock and a connection that are turned by hand. */
import { expect, test } from 'vitest'

import type { RunStreamData } from '#contracts/api.ts'

import { createTestSource, createTestWorld, type TestSource } from '../../../test/web/world.ts'
import { runningRun, succeededRun } from '../../../test/web/fixtures.ts'
import { createHub, type FromHub } from './hub.ts'
import { STALE_MS } from './stream.ts'

const change = (topic: string, seq: number, run = runningRun()): string =>
  JSON.stringify({
    v: 1,
    topic,
    type: 'agent.progressed',
    seq,
    at: run.updatedAt,
    data: {},
    run,
  } satisfies RunStreamData)

function start() {
  const world = createTestWorld(0.5)
  const sources: TestSource[] = []
  const opened: string[] = []
  const hub = createHub({
    world,
    open: (topics, after) => {
      opened.push(`${topics.toSorted().join(',')} after ${after}`)
      const source = createTestSource()
      sources.push(source)
      return source
    },
  })
  const last = () => sources.at(-1)!
  const page = (...topics: string[]) => {
    const heard: FromHub[] = []
    const end = hub.attach((message) => heard.push(message))
    const want = (...names: string[]) => end.hear({ type: 'topics', topics: names })
    if (topics.length > 0) want(...topics)
    const said = () =>
      heard.flatMap((message) => {
        if (message.type === 'change') return `${message.data.topic} ${message.data.seq}`
        return message.type === 'refresh' ? `refresh ${message.topics.join(',')}` : []
      })
    return { heard, want, said, hear: end.hear, types: () => heard.map(({ type }) => type) }
  }
  const live = () => {
    world.pass(50)
    last().send('open')
    last().send('ping', '{}', 'p1')
  }
  const openNow = () => sources.filter(({ closed }) => !closed).length
  return { world, sources, opened, last, page, live, openNow }
}

test('twelve pages that open together share one connection, and each hears of its own', () => {
  const { page, live, last, opened, openNow } = start()
  const pages = Array.from({ length: 12 }, (_, n) => page(`run:${n}`, 'runs'))
  live()
  expect(opened).toHaveLength(1)
  expect(openNow()).toBe(1)
  last().send('change', change('run:7', 3), 'p2')
  last().send('change', change('runs', 3), 'p3')
  expect(pages.map(({ said }) => said().filter((text) => !text.startsWith('refresh')))).toEqual(
    pages.map((_, n) => (n === 7 ? ['run:7 3', 'runs 3'] : ['runs 3'])),
  )
})

test('a page that comes later widens the stream from where it stopped, and reads its own topic again', () => {
  const { page, live, last, opened, openNow, world } = start()
  const first = page('runs')
  live()
  last().send('change', change('runs', 4), 'p4')
  const second = page('run:8')
  world.pass(50)
  expect(opened).toEqual(['runs after null', 'run:8,runs after p4'])
  expect(openNow()).toBe(1)
  expect(second.said()).toEqual([])
  last().send('ping', '{}', 'p5')
  expect(second.said()).toEqual(['refresh run:8'])
  expect(first.said()).toEqual(['refresh runs', 'runs 4'])
})

test('a page that comes to a topic which is carried already reads it again at once', () => {
  const { page, live, opened } = start()
  page('runs')
  live()
  const second = page('runs')
  expect(second.said()).toEqual(['refresh runs'])
  expect(second.types()).toContain('beat')
  expect(opened).toHaveLength(1)
})

test('what the server repeats after a reconnect is dropped; what is new is not', () => {
  const { page, live, last, world, opened } = start()
  const one = page('run:7', 'runs')
  live()
  last().send('change', change('run:7', 5), 'p5')
  last().send('error')
  world.pass(30_000)
  expect(opened.at(-1)).toBe('run:7,runs after p5')
  last().send('change', change('run:7', 5), 'p5')
  last().send('change', change('run:7', 4), 'p5')
  last().send('change', change('runs', 5), 'p5')
  last().send('change', change('run:7', 6, succeededRun({ seq: 6 })), 'p6')
  expect(one.said().filter((text) => !text.startsWith('refresh'))).toEqual(['run:7 5', 'runs 5', 'run:7 6'])
  expect(one.types().filter((type) => type === 'lost')).toHaveLength(1)
})

test('after a reset every page reads all of its topics again, and nothing counts as seen', () => {
  const { page, live, last } = start()
  const one = page('run:7', 'runs')
  live()
  last().send('change', change('runs', 9), 'p9')
  last().send('reset', '{}', 'p20')
  last().send('change', change('runs', 3), 'p21')
  expect(one.said()).toEqual(['refresh run:7,runs', 'runs 9', 'refresh run:7,runs', 'runs 3'])
})

test('a topic that nobody wants any more is let go after a while, and the last page takes the stream with it', () => {
  const { page, live, opened, openNow, world } = start()
  const [one, two] = [page('runs'), page('run:8')]
  live()
  two.want()
  world.pass(4_000)
  expect(opened).toHaveLength(1)
  two.want('run:8')
  world.pass(6_000)
  expect(opened).toHaveLength(1)
  two.hear({ type: 'bye' })
  world.pass(5_000)
  expect(opened.at(-1)).toBe('runs after p1')
  one.hear({ type: 'bye' })
  expect(openNow()).toBe(0)
})

test('a page that crashed without a word is forgotten', () => {
  const { page, live, last, world, opened } = start()
  const one = page('runs')
  page('run:8')
  live()
  for (let minute = 0; minute < 8; minute++) {
    world.pass(STALE_MS - 5_000)
    one.hear({ type: 'here' })
    last().send('ping', '{}', 'p1')
  }
  expect(opened.at(-1)).toBe('runs after p1')
})

test('a session that ended is asked about once more: the browser may have a new one by now', () => {
  const { page, live, last, opened, openNow } = start()
  const one = page('runs')
  live()
  last().send('change', change('runs', 4), 'p4')
  last().send('auth', '{}')
  expect(opened).toEqual(['runs after null', 'runs after p4'])
  last().send('ping', '{}', 'p5')
  last().send('change', change('runs', 5), 'p6')
  expect(one.types()).not.toContain('auth')
  expect(one.said()).toEqual(['refresh runs', 'runs 4', 'runs 5'])
  // The next end is asked about again.
  last().send('auth', '{}')
  last().send('auth', '{}')
  expect(one.types()).toContain('auth')
  expect(openNow()).toBe(0)
})

test('an ended session ends the stream for all, until a page wants something again', () => {
  const { page, live, last, opened, openNow, world } = start()
  const pages = [page('runs'), page('run:8')]
  live()
  last().send('auth', '{}')
  expect(opened).toHaveLength(2)
  last().send('auth', '{}')
  expect(openNow()).toBe(0)
  for (const { types } of pages) expect(types()).toContain('auth')
  world.pass(120_000)
  expect(openNow()).toBe(0)
  pages[0]!.want('runs')
  world.pass(50)
  expect(openNow()).toBe(1)
})

test('a server that is away for long is tried again from the same place, and Reconnect tries at once', () => {
  const { page, live, last, opened, world } = start()
  const one = page('runs')
  live()
  for (let failure = 0; failure < 6; failure++) {
    last().send('error')
    world.pass(30_000)
  }
  expect(new Set(opened.slice(1))).toEqual(new Set(['runs after p1']))
  const tries = opened.length
  last().send('error')
  one.hear({ type: 'retry' })
  expect(opened).toHaveLength(tries + 1)
})

test('more topics than the server takes: the newest pages have theirs', () => {
  const { page, opened, world } = start()
  for (let n = 100; n < 250; n++) page(`run:${n}`)
  world.pass(50)
  const [names = ''] = opened.at(-1)!.split(' ')
  expect(names.split(',')).toHaveLength(100)
  expect(names).toContain('run:249')
  expect(names).not.toContain('run:149')
})
