/** What people do to Runs in the simulation: stop, pause and retry them, tell their agents something, and try again when they are refused or hear nothing. */
import { isTerminal } from '../../app/contracts/status.ts'
import type { Engine } from '../../app/engine.ts'
import { request } from '../support/story.ts'
import type { Scheduler } from './scheduler.ts'

const RESUME_TRIES_MAX = 20
const PAUSE_TRIES_MAX = 5
const RETRY_TRIES_MAX = 60
const SAY_TRIES_MAX = 8

interface Reach {
  scheduler: Scheduler
  /** Any living replica; rejects when its answer is lost. */
  app: <T>(ask: (app: { engine: Engine }) => Promise<T>) => Promise<T>
}

export function createPeople({ scheduler, app }: Reach) {
  const repositoryId = request.repository.id
  return {
    async stop(issue: number, how: 'cancel' | 'kill'): Promise<void> {
      await app(async ({ engine }) => {
        const run = await engine.liveRun(repositoryId, issue)
        if (!run) return
        const asked = { by: 'octocat', reason: null, at: scheduler.now }
        await engine.submit(run.id, how === 'kill' ? { type: how, ...asked } : { type: how, ...asked, via: 'comment' })
      }).catch(() => {})
    },

    /** Resumes after a while, but one in five is forgotten. */
    async pauseAndResume(issue: number): Promise<void> {
      const steer = (verb: 'pause' | 'resume') =>
        app(async ({ engine }) => {
          const run = await engine.liveRun(repositoryId, issue)
          if (!run) return 'over'
          const asked = { type: 'pause', by: 'octocat', via: 'comment', at: scheduler.now } as const
          const answer =
            verb === 'pause' ? await engine.submit(run.id, asked) : await engine.resume(run.id, 'octocat', 'api')
          return 'refused' in answer ? 'refused' : 'done'
        }).catch(() => 'refused')
      // While it is queued there is nothing to pause yet.
      for (let tries = 0; tries < PAUSE_TRIES_MAX && (await steer('pause')) === 'refused'; tries++) {
        await scheduler.sleep(scheduler.between(500, 4_000))
      }
      if (scheduler.happens(0.2)) return
      for (let tries = 0; tries < RESUME_TRIES_MAX; tries++) {
        await scheduler.sleep(scheduler.between(5_000, 60_000))
        if ((await steer('resume')) !== 'refused') return
      }
    },

    /** Says it until somebody answers that it is taken: the same message, however often it is sent. */
    async say(issue: number, id: string): Promise<void> {
      for (let tries = 0; tries < SAY_TRIES_MAX; tries++) {
        const done = await app(async ({ engine }) => {
          const run = await engine.liveRun(repositoryId, issue)
          const said = { type: 'say', id, by: 'octocat', text: id, via: 'comment', at: scheduler.now } as const
          return run !== null && !('refused' in (await engine.submit(run.id, said)))
        }).catch(() => false)
        if (done) return
        await scheduler.sleep(scheduler.between(500, 8_000))
      }
    },

    /** Watches a Run, and asks for its next attempt as soon as it ends without success. */
    async retry(issue: number): Promise<void> {
      for (let tries = 0; tries < RETRY_TRIES_MAX; tries++) {
        await scheduler.sleep(scheduler.between(200, 20_000))
        const done = await app(async ({ engine }) => {
          const [run] = await engine.latestRuns(repositoryId, issue, 1)
          if (!run || !isTerminal(run.status)) return false
          return run.status === 'succeeded' || !('refused' in (await engine.retry(run.id, 'octocat')))
        }).catch(() => false)
        if (done) return
      }
    },
  }
}
