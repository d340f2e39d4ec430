/** A delivery that failed for good: the person hears of it, if GitHub still answers. */
import * as say from '../domain/render/replies.ts'
import { commanded } from './commanded.ts'
import type { Delivery, Deps } from './deps.ts'

const REFERENCE_CHARS = 8

export async function apologise(deps: Deps, delivery: Delivery): Promise<void> {
  const { talk } = deps
  const event = commanded(deps, delivery)
  if (!event) return
  const repository = await talk.admit(event)
  if (!repository || !(await talk.mayWrite(repository, event))) return
  await talk.react(repository, event, 'confused')
  await talk.reply(repository, event, 'error', say.ownFailureText(delivery.id.slice(0, REFERENCE_CHARS)))
}
