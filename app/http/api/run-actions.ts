/**
 * What the reader may do with a Run, and the sentence that stands next to a button that they may not press. It is asked
 * for on its own, because a Run itself looks the same to everybody and goes out to many readers at once.
 */
import { z } from 'zod'

import { RunActionsBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import type { Run } from '../../domain/run.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { doings, needs, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

const needed = {
  pause: 'write',
  resume: 'write',
  cancel: 'write',
  retry: 'write',
  kill: 'admin',
  prompt: 'write',
  advance: 'write',
} as const
type Action = keyof typeof needed

/** Whoever asked for a Run may cancel it, whatever access they have. */
export const isRequester = (who: Identity, run: Pick<Run, 'requestedBy'>): boolean =>
  who.kind === 'person' && run.requestedBy.id === who.id

export function runActionsRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/actions',
    access: 'read',
    summary: 'What the caller may do with the Run, by their access; its state decides besides',
    params: z.strictObject({ id: RunId }),
    answer: RunActionsBody,
    async handle({ who, params }) {
      const run = await readableRun(ports, who, params.id)
      const { access } = ports
      const [write, admin, start] = await Promise.all([
        orTried(access.may(who, 'write', run.repository)),
        orTried(access.may(who, 'admin', run.repository)),
        orTried(access.mayStart(who, run.repository)),
      ])
      const answer = (action: Action) => {
        const writes = action === 'retry' ? start : write
        const may = needed[action] === 'admin' ? admin : writes || (action === 'cancel' && isRequester(who, run))
        const why = may ? null : needs(needed[action], run.repository, doings[action])
        return { allowed: may, why }
      }
      // A retry keeps `gate=none`, so it needs what that needed.
      const forAdmins = run.gatesOff && start && !admin
      const whyNot = needs('admin', run.repository, doings.retryWithoutGates)
      const json: RunActionsBody = {
        pause: answer('pause'),
        resume: answer('resume'),
        cancel: answer('cancel'),
        retry: forAdmins ? { allowed: false, why: whyNot } : answer('retry'),
        kill: answer('kill'),
        prompt: answer('prompt'),
        advance: answer('advance'),
      }
      return { json }
    },
  })
}

/** Who cannot be asked about is told so by the act itself. */
const orTried = (asked: Promise<boolean>): Promise<boolean> => asked.catch(() => true)
