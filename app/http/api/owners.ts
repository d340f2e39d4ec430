/**
 * Who administers everything without being named in a setting: the owner of the account that the App belongs to
 * (C23). GitHub is asked at most once a minute for each person, and a GitHub that is slow or away makes nobody an admin
 * and holds up no request for longer than two seconds.
 */
export const OWNER_CACHE_MS = 60_000
/** What could not be learned is asked for again after this. */
const OWNER_RETRY_MS = 10_000
const OWNER_WAIT_MS = 2_000
const OWNERS_KNOWN_MAX = 10_000

export interface OwnersDeps {
  ownsApp(login: string, userId: number): Promise<boolean>
  now: () => number
}

interface Known {
  answer: Promise<boolean>
  until: number
}

export class Owners {
  readonly #deps: OwnersDeps
  readonly #known = new Map<string, Known>()

  constructor(deps: OwnersDeps) {
    this.#deps = deps
  }

  /** False also while GitHub has not answered; the next request may know. */
  async owns({ id, login }: { id: number; login: string }): Promise<boolean> {
    // By both: an account that was renamed is asked about anew.
    const key = `${id}:${login}`
    const now = this.#deps.now()
    const known = this.#known.get(key)
    const answer = known && known.until > now ? known.answer : this.#ask(key, login, id, now)
    return inTime(answer)
  }

  #ask(key: string, login: string, id: number, now: number): Promise<boolean> {
    const known: Known = { answer: Promise.resolve(false), until: now + OWNER_CACHE_MS }
    known.answer = this.#deps.ownsApp(login, id).catch(() => {
      known.until = Math.min(known.until, this.#deps.now() + OWNER_RETRY_MS)
      return false
    })
    this.#known.delete(key)
    this.#known.set(key, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > OWNERS_KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest)
    return known.answer
  }
}

async function inTime(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), OWNER_WAIT_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
