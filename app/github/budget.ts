/**
 * GitHub's limits, kept on our side: a budget for each installation that all of its calls share. A call that would go
 * over it is refused before it is sent, with the time after which it fits; the effect loop then comes again.
 *
 * What replicas share: content is counted in one place for all of them, where GitHub's own word to wait stands as well,
 * so that no other replica and no restart creates anything before. Points and concurrency are counted by each
 * replica for itself, at a third of GitHub's limit: for the two replicas that the app is made for and the one that a
 * rolling restart adds. That costs nothing, because Runs use a tenth of it.
 */
import { GitHubError } from './errors.ts'

/** Those that may run at once, of which each counts for itself. */
const REPLICAS_MAX = 3
/** GitHub, "Rate limits for the REST API", secondary limits. */
const POINTS_A_MINUTE_MAX = 900 / REPLICAS_MAX
const CONCURRENT_MAX = Math.floor(100 / REPLICAS_MAX)
const MINUTE_MS = 60_000
const READ_POINTS = 1
const WRITE_POINTS = 5
const CONCURRENT_WAIT_MS = 1_000
const INSTALLATIONS_MAX = 10_000
/** Of an hour's content: what comments leave for pull requests, whose Runs cannot wait for an hour. */
const PULLS_RESERVE = 50
/** What one command costs at most: two questions who asks and where, a reaction, two replies, older ones folded away. */
export const COMMAND_POINTS_MAX = 30
/** What commands leave to those that stop a Run: a kill, a cancel or a pause with what it owes. */
export const STOP_POINTS = 40

/** Counts content-creating calls; shared by all replicas. */
export interface ContentCounter {
  /** Notes one call. Answers 0, or how many ms to wait when no more than `reserve` is left of the hour, or none of the minute. */
  takeContent(installationId: number, now: number, reserve: number): Promise<number>
  /** Leaves nobody a place before then. */
  blockContent(installationId: number, until: number): Promise<void>
}

interface Account {
  /** One entry a call, oldest first. */
  spent: { at: number; points: number }[]
  points: number
  concurrent: number
  blockedUntil: number
}

export class Budget {
  readonly #content: ContentCounter
  readonly #now: () => number
  readonly #accounts = new Map<number, Account>()

  constructor(content: ContentCounter, now: () => number) {
    this.#content = content
    this.#now = now
  }

  /**
   * Sends a call if it fits. `route` is the template (`/repos/{owner}/{repo}/issues`).
   * @throws GitHubError `rate_limited` with the time to wait, before anything was sent.
   */
  async spend<T>(installationId: number, call: { method: string; route: string }, send: () => Promise<T>): Promise<T> {
    const account = this.#account(installationId)
    const reads = call.method === 'GET' || call.method === 'HEAD'
    const points = reads ? READ_POINTS : WRITE_POINTS
    this.#refuse(account, points)
    // Taken before the question that waits: nobody else may slip in meanwhile.
    account.spent.push({ at: this.#now(), points })
    account.points += points
    account.concurrent++
    try {
      if (createsContent(call)) {
        const waitMs = await this.#content.takeContent(
          installationId,
          this.#now(),
          opensPulls(call) ? 0 : PULLS_RESERVE,
        )
        if (waitMs > 0) throw over('content', waitMs)
      }
      return await send()
    } finally {
      account.concurrent--
    }
  }

  /**
   * From when on there is room for so many whole commands, in ms since the epoch; a time that is not ahead is at once.
   * Costs nothing: whoever is told to wait need not try.
   */
  roomAt(installationId: number, commands: number): number {
    const now = this.#now()
    const account = this.#accounts.get(installationId)
    if (!account) return now
    let at = Math.max(now, account.blockedUntil)
    let missing = this.#current(account) + commands * COMMAND_POINTS_MAX + STOP_POINTS - POINTS_A_MINUTE_MAX
    for (const call of account.spent) {
      if (missing <= 0) break
      missing -= call.points
      at = Math.max(at, call.at + MINUTE_MS)
    }
    return at
  }

  /** GitHub said that the installation has to wait: this replica sends nothing of it until then, and none creates content. */
  async block(installationId: number, waitMs: number): Promise<void> {
    const account = this.#account(installationId)
    const until = this.#now() + waitMs
    account.blockedUntil = Math.max(account.blockedUntil, until)
    // Where the store is away, the other replicas hear it from GitHub.
    await this.#content.blockContent(installationId, until).catch(() => {})
  }

  #refuse(account: Account, points: number): void {
    const now = this.#now()
    if (now < account.blockedUntil) throw over('GitHub’s own', account.blockedUntil - now)
    if (account.concurrent >= CONCURRENT_MAX) throw over('concurrency', CONCURRENT_WAIT_MS)
    if (this.#current(account) + points <= POINTS_A_MINUTE_MAX) return
    throw over('point', account.spent[0]!.at + MINUTE_MS - now + 1)
  }

  /** The points of the last minute; forgets what is older. */
  #current(account: Account): number {
    const { spent } = account
    while (spent.length > 0 && spent[0]!.at <= this.#now() - MINUTE_MS) account.points -= spent.shift()!.points
    return account.points
  }

  #account(installationId: number): Account {
    let account = this.#accounts.get(installationId)
    if (!account) {
      if (this.#accounts.size >= INSTALLATIONS_MAX) this.#accounts.delete(this.#accounts.keys().next().value!)
      account = { spent: [], points: 0, concurrent: 0, blockedUntil: 0 }
      this.#accounts.set(installationId, account)
    }
    return account
  }
}

/**
 * What people read or are notified of: issues, comments, pull requests, reviews. GitHub names no list; this is that of
 * Octokit's throttling, with edits. Git objects, checks, labels and reactions cost points only.
 */
export function createsContent({ method, route }: { method: string; route: string }): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return false
  return /^\/repos\/\{owner\}\/\{repo\}\/(issues|pulls)(\/|$)/.test(route) && !/\/(reactions|labels)(\/|$)/.test(route)
}

function opensPulls({ route }: { route: string }): boolean {
  return route.startsWith('/repos/{owner}/{repo}/pulls')
}

function over(which: string, waitMs: number): GitHubError {
  const detail = `Held back: the ${which} limit of this installation allows the next call in ${Math.ceil(waitMs / 1_000)} s.`
  return new GitHubError('rate_limited', detail, { retryAfterMs: waitMs })
}
