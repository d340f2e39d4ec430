/** Answers a second request while the Run is live: once per Run, whoever asks (surfaces.md 1.4). */
import { renderLiveReply } from '../domain/render/replies.ts'
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const replyLive: Perform = async ({ github, urls }, { run, retried }) => {
  await github.postNotice(run.repository, run.issue.number, {
    ...renderLiveReply(run, urls),
    retried,
    since: run.createdAt,
  })
  return nothing
}
