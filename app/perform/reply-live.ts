/** Answers a second request while the Run is live: once per Run, whoever asks (surfaces.md 1.4). */
import { noticeMarker, renderLiveReply } from '../domain/render/replies.ts'
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const replyLive: Perform = async ({ github, urls }, { run, retried }) => {
  await github.postNotice(run.repository, run.issue.number, {
    body: renderLiveReply(run, urls),
    marker: noticeMarker(run, 'live'),
    retried,
    since: run.createdAt,
  })
  return nothing
}
