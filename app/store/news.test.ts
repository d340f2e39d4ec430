/** What readers that were away are told, without a database: the order, the bounds and the gaps. */
import { expect, test, vi } from 'vitest'

import type { RunEvent } from '../domain/events.ts'
import type { Run } from '../domain/run.ts'
import type { MoveListener } from './feed.ts'
import { RunNews, RUNS_RETOLD_MAX } from './news.ts'
import { SOON } from '../../test/stack/soon.ts'

const place = (n: number): string => `82${String(n).padStart(16, '0')}`

function start() {
  let listener!: MoveListener
  const reads = vi.fn(async (id: string) => ({ run: { id } as Run, event: { seq: 1 } as RunEvent }))
  const feed = { place: null as string | null, onMoves: (given: MoveListener) => void (listener = given) }
  const news = new RunNews(feed, { newest: reads })
  listener.gap(place(0))
  const heard: string[] = []
  const hear = () =>
    news.hear({
      told: (some) => void heard.push(...some.map(({ run, place: at }) => `${run.id}@${Number(at.slice(2))}`)),
      lost: () => void heard.push('lost'),
    })
  const move = (runId: string, n: number) => listener.moved({ runId, place: place(n) })
  const since = async (n: number) =>
    (await news.since(place(n)))?.map(({ run, place: at }) => `${run.id}@${Number(at.slice(2))}`) ?? null
  return { news, feed, reads, heard, hear, move, since, gap: (n: number) => listener.gap(place(n)) }
}

test('nothing is read while nobody listens, and what happened meanwhile can be told', async () => {
  const { move, reads, since, news } = start()
  move('a', 1)
  move('b', 2)
  move('a', 3)
  expect(reads).not.toHaveBeenCalled()
  expect(news.place).toBe(place(3))
  expect(await since(0)).toEqual(['b@2', 'a@3'])
  expect(await since(2)).toEqual(['a@3'])
  expect(await since(3)).toEqual([])
})

test('many who come back together cost one read of a Run', async () => {
  const { move, reads, since } = start()
  move('a', 1)
  await Promise.all(Array.from({ length: 50 }, () => since(0)))
  expect(reads).toHaveBeenCalledTimes(1)
  move('a', 2)
  expect(await since(0)).toEqual(['a@2'])
  expect(reads).toHaveBeenCalledTimes(2)
})

test('what moves while a round is read is told in the next, in order, and the place waits for it', async () => {
  const { move, heard, hear, news } = start()
  hear()
  move('a', 1)
  move('b', 2)
  move('a', 3)
  expect(news.place).toBe(place(0))
  await vi.waitFor(() => expect(news.place).toBe(place(3)), SOON)
  expect(heard).toEqual(['a@1', 'b@2', 'a@3'])
})

test('a Run that moves on while others are read keeps its place among them', async () => {
  const { move, reads, since, news } = start()
  let letGo = (): void => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  reads.mockImplementationOnce(async (id) => {
    await held
    return { run: { id } as Run, event: { seq: 1 } as RunEvent }
  })
  // More than are read at once, so that the last is read when the first round is over.
  for (let n = 1; n <= 20; n++) move(`r${n}`, n)
  const missed = since(0)
  move('r18', 21)
  await news.since(place(20))
  letGo()
  expect(await missed).toEqual(Array.from({ length: 20 }, (_, n) => `r${n + 1}@${n + 1}`))
})

test('a stream that repeats itself after an interruption is not news', async () => {
  const { move, heard, hear, news } = start()
  hear()
  move('a', 5)
  move('a', 4)
  move('a', 5)
  await vi.waitFor(() => expect(news.place).toBe(place(5)), SOON)
  expect(heard).toEqual(['a@5'])
})

test('a place before a gap, and one that is too far back, is not known any more', async () => {
  const { move, since, gap, heard, hear } = start()
  hear()
  for (let n = 1; n <= RUNS_RETOLD_MAX + 1; n++) move(`r${n}`, n)
  expect(await since(0)).toBeNull()
  expect(await since(1)).toHaveLength(RUNS_RETOLD_MAX)
  gap(10_000)
  expect(heard).toContain('lost')
  expect(await since(500)).toBeNull()
  expect(await since(10_000)).toEqual([])
})

test('what cannot be read is said to be lost, and the next round is told', async () => {
  const { move, reads, heard, hear, news } = start()
  hear()
  reads.mockRejectedValueOnce(new Error('the database is away'))
  move('a', 1)
  await vi.waitFor(() => expect(heard).toEqual(['lost']), SOON)
  move('a', 2)
  await vi.waitFor(() => expect(news.place).toBe(place(2)), SOON)
  expect(heard).toEqual(['lost', 'a@2'])
})

test('the place moves along while nothing happens, but never past what is still to be told', async () => {
  const { move, feed, hear, news } = start()
  hear()
  feed.place = place(7)
  expect(news.advance()).toBe(place(7))
  move('a', 8)
  feed.place = place(9)
  expect(news.advance()).toBe(place(7))
  await vi.waitFor(() => expect(news.advance()).toBe(place(9)), SOON)
})
