/** Every limit and clock of a Run, with its default and the source of the figure. Nothing here is read from outside. */

/** Clocks of design.md "The Run"; each is a setting, and a Run keeps those that it was requested with. */
export interface Clocks {
  /** From dispatch to the first callback while GitHub shows no run for it; then once more, then failed. */
  dispatchMs: number
  /** How long GitHub may show the job as queued (busy runners). */
  queuedMs: number
  /** Sandbox acquisition over all tries. */
  acquireMs: number
  heartbeatMs: number
  heartbeatLostMs: number
  agentMs: number
  /** The whole Run, from its bind. */
  runMs: number
  /** From an accepted proposal to the pull request. */
  publishMs: number
  /** A cooperative cancel becomes a kill after this. */
  cancelGraceMs: number
  /** How long the sandbox provider keeps a sandbox past the Run's deadline if everything else dies. */
  sandboxMarginMs: number
  /** A paused Run has a deadline of its own. */
  pauseMs: number
}

export const defaultClocks: Clocks = {
  dispatchMs: 120_000,
  queuedMs: 900_000,
  acquireMs: 60_000,
  heartbeatMs: 15_000,
  heartbeatLostMs: 90_000,
  agentMs: 300_000,
  runMs: 3_600_000,
  publishMs: 600_000,
  cancelGraceMs: 20_000,
  sandboxMarginMs: 60_000,
  pauseMs: 7 * 24 * 3_600_000,
}

/**
 * The longest that a Run may take: GitHub ends a job after six hours (`timeout-minutes` in run-agent.yml), whatever it
 * does, and the job has to begin before its Run and to tell of its end.
 */
export const RUN_MS_MAX = (360 - 15) * 60_000
/** The executor gets the full acquisition time; the app's own clock waits for its report a little longer (R10: 75 s). */
export const ACQUIRE_REPORT_MARGIN_MS = 15_000
/** How long an answer from GitHub about a missing workflow run may take. */
export const INSPECT_MS = 30_000
/** From the request until the job has paused. The action ends a step that takes longer, so only one that cannot pause needs it. */
export const PAUSE_GRACE_MS = 120_000
/** GitHub's clock and ours may differ. */
export const CLOCK_SKEW_MS = 60_000
/** Commands whose ids a Run keeps, so that a delivery that is worked on again does nothing twice. */
export const COMMANDS_REMEMBERED_MAX = 50
/** Runs of an issue among which the one is looked for that a late command means. */
export const RUNS_LOOKED_THROUGH_MAX = 20
/** Attempts of one Run, the first included. */
export const ATTEMPTS_MAX = 10
export const DISPATCH_SENDS_MAX = 2
/** A Run waits no longer for its turn than it may stay paused. */
export const WAITING_MS_MAX = 7 * 24 * 3_600_000
/** How often a Run asks for a place, and GitHub for the issues that block it; the latter grows with the time that it waits. */
export const PLACE_ASKED_MS = 10_000
export const BLOCKERS_ASKED_MS = 60_000
export const BLOCKERS_ASKED_MS_MAX = 600_000
/** Runs that are hurried when an issue is closed; what is left finds it out by itself. */
export const WAITING_RUNS_MAX = 100
/** A ledger tells of the moves of a line, but is not filled with them: see `LEDGER_EVENTS_MAX`. */
export const WAITS_TOLD_MAX = 200
/** So many heartbeats that did not come say that somebody was away, the job or we; a living job needs no more to be heard. */
const HEARTBEATS_MISSED = 2
/** How long GitHub is asked about a job that fell silent, before the Run is given up. */
export const silenceAskedMs = ({ heartbeatMs }: Clocks): number => HEARTBEATS_MISSED * heartbeatMs
/** The same while nobody has had the answer yet: who asks may die, and GitHub may break, while the job's work lies there. */
export const silenceUnansweredMs = (clocks: Clocks): number => 2 * silenceAskedMs(clocks)

/** design.md "The Run": at most 1,000 events and 1 MB. A reserve is kept so that a Run can always end. */
export const LEDGER_EVENTS_MAX = 1_000
export const LEDGER_EVENTS_RESERVE = 20
export const LEDGER_BYTES_MAX = 1_000_000
export const LEDGER_BYTES_RESERVE = 50_000
/**
 * What a message leaves free besides: more than a whole job reports (300 steps, what becomes of every message, and the
 * rest), so that no Run is ended by what its agent was told.
 */
export const MESSAGE_EVENTS_HEADROOM = 400
export const MESSAGE_BYTES_HEADROOM = 400_000

/** S003-235: jittered retries; an effect that people would miss is tried longer than a cosmetic one. */
export const EFFECT_ATTEMPTS_MAX = 8
export const EFFECT_ATTEMPTS_COSMETIC_MAX = 5
/** A sandbox's death is owed until it is confirmed; the provider's own lifetime ends the chain. */
export const EFFECT_ATTEMPTS_OBLIGATION_MAX = 1_000
/** How often an effect may be put off without having failed; the Run's own clocks end what waits for ever. */
export const EFFECT_WAITS_MAX = 1_000
export const EFFECT_BACKOFF_BASE_MS = 1_000
export const EFFECT_BACKOFF_MAX_MS = 60_000
/** While a job is silent and its clock runs: a try that comes after it is none. */
export const EFFECT_BACKOFF_CLOCKED_MAX_MS = 10_000
/** Between two tries of what is owed beyond every number of tries. */
export const EFFECT_BACKOFF_OWED_MAX_MS = 600_000
/** A replica that dies keeps what it had begun for this long: longer than the longest call (R7). Both are settings. */
export const EFFECT_LEASE_MS = 60_000
/**
 * What does no harm when two replicas do it at once waits less for the one that died: the deaths of a kill (R11), and
 * what GitHub is asked while a clock runs, which has to leave room for a second replica's question.
 */
export const SHORT_LEASE_MS = 20_000
/**
 * How old a command may be. A captured webhook that is sent again is known by its digest for as long as the inbox keeps
 * deliveries (30 days); what is older than this is refused whatever the inbox knows, so that no command works twice,
 * ever. GitHub itself offers a delivery again for three days.
 */
export const COMMAND_AGE_MS_MAX = 7 * 86_400_000
export const DELIVERY_LEASE_MS = 60_000
/** The newest progress reaches the status comment at most this often (surfaces.md 1.5 "Cadence"). */
export const COMMENT_COALESCE_MS = 10_000

/** Full jitter: a random part of an exponentially growing bound. `chance` is in [0, 1). */
export function backoffMs(attempt: number, chance: number, maxMs = EFFECT_BACKOFF_MAX_MS): number {
  const bound = Math.min(maxMs, EFFECT_BACKOFF_BASE_MS * 2 ** Math.min(attempt, 16))
  return Math.round(bound * (0.5 + chance / 2))
}

/** Steps of an agent's plan that the status comment shows. */
export const PLAN_STEPS_MAX = 20
export const PULL_REQUEST_TITLE_CHARS_MAX = 256
export const SLUG_CHARS_MAX = 40
export const BRANCH_PREFIX = 'agent/'

/**
 * The write after an act takes its line off the Run; where none followed, or another replica made it, or the line could
 * not be written, the sweep sees to it after this.
 */
export const ACT_LISTED_MS_MAX = 15_000
