/**
 * Starts the executor when it is the Run's turn. The permission of who asked for this attempt is asked again here, by
 * numeric id, because minutes may have passed since the request (trust.md row 31), and nothing is started while the kill
 * switch is on (R11). A repeated dispatch carries the same id and nonce: the first job to bind wins.
 */
import type { DispatchPayload } from '../contracts/executor.ts'
import { askerOf } from '../domain/attempts.ts'
import { traceparentOf } from '../domain/trace.ts'
import { askedAgainMs, isBaseOld } from '../domain/waiting.ts'
import { roleAtLeast } from '../github/port.ts'
import { executorRepo } from './perform.ts'
import type { Perform } from './perform.ts'
import { reasonToWait } from './turns.ts'

/** Requests of machines carry no GitHub account; their role was checked with their token. */
const MACHINE_ID = 0

export const dispatch: Perform = async (deps, { run }) => {
  const { github, nonceFor, sha256 } = deps
  const { repository } = run
  const reason = await reasonToWait(deps, run)
  if (reason !== null) {
    return { outcome: { type: 'run.waits', data: reason }, againAfterMs: askedAgainMs(run, reason, deps.now()) }
  }
  if (isBaseOld(run)) {
    // Days may have passed: nobody needs a pull request for what is done.
    if ((await github.issue(repository, run.issue.number))?.state === 'closed') {
      return { outcome: { type: 'refused', data: { reason: 'issue_closed', detail: null } } }
    }
    // Work that goes on from a checkpoint keeps the base that it was begun on.
    const sha = run.checkpoint && run.baseSha ? run.baseSha : await github.baseCommit(repository, run.baseRef)
    return { outcome: { type: 'base.resolved', data: { ref: run.baseRef, sha } }, againAfterMs: 0 }
  }
  const asker = askerOf(run)
  if (asker.id !== MACHINE_ID) {
    const role = await github.permissionOf(repository, asker.login, asker.id)
    if (!roleAtLeast(role, 'write')) {
      const detail = `${asker.login} has no write access to ${repository.owner}/${repository.name} any more.`
      return { outcome: { type: 'refused', data: { reason: 'permission_lost', detail } } }
    }
  }
  if (await deps.switchedOff()) {
    return { outcome: { type: 'refused', data: { reason: 'kill_switch', detail: null } } }
  }
  const nonce = nonceFor(run.dispatch.id)
  const payload: DispatchPayload = {
    v: 1,
    run_id: run.id,
    attempt: run.attempt,
    dispatch_id: run.dispatch.id,
    nonce,
    callback_url: deps.callbackUrl(run.id),
    traceparent: traceparentOf(sha256, run),
  }
  // Asked once more when the request leaves: it may have waited for its turn at GitHub's limits meanwhile.
  const beforeSend = async (): Promise<void> => {
    if (await deps.switchedOff()) throw new Error('The kill switch is on.')
  }
  await github.fireDispatch(await executorRepo(deps, run), payload, beforeSend)
  const send = run.dispatch.sends + 1
  return {
    outcome: {
      type: 'run.dispatched',
      data: { dispatchId: run.dispatch.id, send, nonceDigest: sha256(nonce) },
    },
  }
}
