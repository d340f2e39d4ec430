/**
 * What people do to Runs, as lines of the audit trail.
 *
 * Whatever the way (comment, label, check, dashboard, command line), what somebody did ends as an event of a Run's
 * ledger, so the lines are made of those events and no surface can forget its own. The ledger stays the proof; the trail
 * is the list of it across all Runs. A line is stored with the Run, in the write that appends its event, and is owed
 * there until it is known to stand in the trail: a crash in between loses nothing, a line that cannot be written fails
 * no act, and its name (`once`) keeps it from being written twice.
 *
 * A refusal appends no event. It is written where it is decided, and its name bounds how often: for want of access, by
 * the kill switch, or because a Run is at work on the issue (which the engine says before `run.request_repeated`). What
 * the state of a Run forbids, such as to cancel what has ended, is answered and not recorded: nobody was denied anything,
 * and a webhook that is handled again after a crash would be on record as refused.
 */
import type { Obstacle } from './admission.ts'
import { GATES_BYPASS } from './assign-policy.ts'
import type { Trigger, RepositoryRef, RunEvent } from './events.ts'
import { actorOf } from './people.ts'
import type { Run } from './run.ts'

/** By which way it was asked: `api` is the dashboard, a program or the command line; `actions` is GitHub's own Cancel. */
export type ActVia = Trigger['via'] | 'check' | 'actions'

export interface Act {
  /** One line of this name stands in the trail, however often it is written. */
  once: string
  /** ms since the epoch */
  at: number
  actor: string
  /** An advance changes nothing but when a Run is looked at, so that only a refused one is on record. */
  action:
    | `run.${'assign' | 'cancel' | 'kill' | 'pause' | 'resume' | 'retry' | 'drop_branch' | 'prompt' | 'advance'}`
    | typeof GATES_BYPASS
    | 'issue.reorder'
  /** `run:<id>`, or `issue:<owner>/<name>#<number>` where there is no Run. */
  target: string
  repository: string
  issue: number | null
  outcome: 'allowed' | 'refused'
  reason: string
  /** As the person said it. */
  why: string | null
  via: ActVia | null
  ip?: string
}

type Told = Pick<Act, 'actor' | 'action' | 'reason' | 'why' | 'via'>

/**
 * The line of an event; none for what nobody asked for. An attempt without gates has a second one of whoever opened it.
 * `ip` is no part of the ledger, which more people may read.
 */
export function actsOf(run: Run, event: RunEvent, ip: string | undefined): Act[] {
  const told = toldBy(run, event)
  if (!told) return []
  const act: Act = {
    once: `${run.id}/${event.seq}`,
    at: event.at,
    target: `run:${run.id}`,
    repository: nameOf(run.repository),
    issue: run.issue.number,
    outcome: 'allowed',
    ...told,
  }
  const line: Act = ip === undefined ? act : { ...act, ip }
  const withoutGates = run.gatesOff && (event.type === 'run.requested' || event.type === 'run.retried')
  if (!withoutGates) return [line]
  return [line, { ...line, once: `${line.once}/gates`, action: GATES_BYPASS, reason: 'bypassed' }]
}

function toldBy(run: Run, { type, data }: RunEvent): Told | null {
  switch (type) {
    case 'run.requested': {
      const { requestedBy, trigger } = data
      return told(requestedBy.login, 'run.assign', 'started', trigger.via)
    }
    case 'run.cancel_requested': {
      // Who pressed Cancel in GitHub Actions is known to GitHub only.
      const job = `executor:${run.dispatch.binding?.bind ?? 'unknown'}`
      const asked = told(data.by, 'run.cancel', 'requested', data.via)
      return { ...asked, ...(data.via === 'actions' ? { actor: job } : {}), why: data.reason }
    }
    case 'run.kill_requested':
      // An escalated one is the app's own: whoever cancelled has a line of that.
      return data.escalated ? null : { ...told(data.by, 'run.kill', 'killed', data.via), why: data.reason }
    case 'run.pause_requested':
      return told(data.by, 'run.pause', 'requested', data.via)
    case 'run.resumed':
      return told(data.by, 'run.resume', 'resumed', data.via)
    case 'run.retried':
      return told(data.by, 'run.retry', 'retried', data.via)
    case 'message.sent':
      // What was said stands in the ledger.
      return told(data.by, 'run.prompt', 'sent', data.via)
    case 'branch.dropped':
      return told(data.by, 'run.drop_branch', 'deleted', data.via)
    default:
      return null
  }
}

function told(login: string, action: Act['action'], reason: string, via: ActVia | undefined): Told {
  return { actor: actorOf(login), action, reason, why: null, via: via ?? null }
}

interface Refused extends Pick<Act, 'at' | 'action' | 'target' | 'issue' | 'via'> {
  login: string
  repository: Pick<RepositoryRef, 'owner' | 'name'>
  reason: 'needs_write' | 'run_live' | 'switched_off' | Obstacle['code']
  ip?: string | undefined
}

const DAY_MS = 86_400_000

/**
 * The line of a refusal: at most one a day (UTC) for a person, an act, a reason and a place. The place of who has no
 * access is the repository, because issues can be named without end; of who has some it is the issue or Run.
 */
export function refusedAct({ login, repository, ip, ...refused }: Refused): Act {
  const { action, reason, target, at } = refused
  const actor = actorOf(login)
  const name = nameOf(repository)
  const place = reason === 'needs_write' ? name : target
  const once = `refused ${actor} ${action} ${reason} ${place} ${Math.floor(at / DAY_MS)}`
  const act: Act = { once, actor, repository: name, outcome: 'refused', why: null, ...refused }
  return ip === undefined ? act : { ...act, ip }
}

export const issueTarget = (repository: Pick<RepositoryRef, 'owner' | 'name'>, issue: number): string =>
  `issue:${nameOf(repository)}#${issue}`

const nameOf = ({ owner, name }: Pick<RepositoryRef, 'owner' | 'name'>): string => `${owner}/${name}`
