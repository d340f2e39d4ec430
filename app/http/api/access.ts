/**
 * Who may read, steer and administer the Runs of a repository. For people GitHub's answer counts, kept for at most a
 * minute; for programs what their token says. Who may not read a repository must not learn that it has Runs: a Run that
 * is hidden and one that does not exist cost the same work and get the same answer (trust.md row 23).
 */
import type { Person, RepositoryRef } from '../../domain/events.ts'
import { programAsPerson } from '../../domain/people.ts'
import type { Identity } from '../route.ts'

export const PERMISSION_CACHE_MS = 60_000
export const PERMISSION_CACHE_MAX = 10_000
const REPOSITORIES_CACHE_MS = 10_000
/** A name that is not found is looked up again unless the list is younger than this. */
const REPOSITORIES_FRESH_MS = 250
const PARALLEL_ASKS_MAX = 8

const levels = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Level = (typeof levels)[number]

/** What is asked for: `admin` is maintain or admin on GitHub. */
export type Need = 'read' | 'write' | 'admin'
const least: Record<Need, Level> = { read: 'read', write: 'write', admin: 'maintain' }

export interface AccessPorts {
  /** GitHub's answer for the account with this number; `none` where the login is somebody else's by now. */
  permissionOf(repository: RepositoryRef, login: string, userId: number): Promise<Level>
  /** Every repository that has Runs, as it was last seen. */
  repositories(): Promise<readonly RepositoryRef[]>
  now: () => number
}

type Individual = Extract<Identity, { kind: 'person' }>

export class Access {
  readonly #ports: AccessPorts
  readonly #known = new Map<string, { level: Promise<Level>; until: number }>()
  #repositories: { list: Promise<readonly RepositoryRef[]>; until: number } | null = null

  constructor(ports: AccessPorts) {
    this.#ports = ports
  }

  /** Whether somebody may do what needs `need` in a repository. Rejects when GitHub cannot be asked. */
  async may(who: Identity, need: Need, repository: RepositoryRef): Promise<boolean> {
    if (who.kind === 'anonymous') return false
    if (who.kind === 'token') return rank(who.role) >= rank(need) && matches(who.repositoryGlob, repository)
    if (who.admin || (need === 'read' && !repository.private)) return true
    return allows(await this.#level(who, repository, String(repository.id)), need)
  }

  /**
   * Whether somebody may read what lies in `repository`; null where nothing is there. `asked` is what they named. A
   * refusal is remembered under that name only, so that the second question about a hidden thing costs what the second
   * question about a missing one costs. GitHub being away counts as a refusal.
   */
  async mayRead(who: Identity, repository: RepositoryRef | null, asked: string): Promise<boolean> {
    if (who.kind !== 'person' || who.admin) return repository !== null && this.may(who, 'read', repository)
    const decoy = await this.#decoy()
    if (repository && !repository.private) return true
    if (repository && (await this.#remembered(who, String(repository.id))) === 'yes') return true
    const place = repository ?? decoy
    if (!place) return false
    const level = await this.#level(who, place, asked).catch((): Level => 'none')
    if (!repository || !allows(level, 'read')) return false
    this.#keep(keyOf(who, String(repository.id)), Promise.resolve(level))
    return true
  }

  /** Numbers of the repositories whose Runs somebody may list; null is all of them. */
  async readable(who: Identity): Promise<number[] | null> {
    if (who.kind === 'anonymous') return []
    if (who.kind === 'person' ? who.admin : who.repositoryGlob === '*/*') return null
    const all = await this.repositories()
    const readable: number[] = []
    for (let start = 0; start < all.length; start += PARALLEL_ASKS_MAX) {
      const some = all.slice(start, start + PARALLEL_ASKS_MAX)
      // One repository that GitHub gives no answer for must not hide the others.
      const may = await Promise.all(some.map((r) => this.may(who, 'read', r).catch(() => false)))
      readable.push(...some.filter((_, i) => may[i]).map((r) => r.id))
    }
    return readable
  }

  /** The repository of this name that has Runs, or null. GitHub's names do not tell upper from lower case. */
  async named(owner: string, name: string): Promise<RepositoryRef | null> {
    const [o, n] = [owner.toLowerCase(), name.toLowerCase()]
    const find = (all: readonly RepositoryRef[]) =>
      all.find((r) => r.owner.toLowerCase() === o && r.name.toLowerCase() === n) ?? null
    const known = find(await this.repositories())
    if (known || !this.#isOlderThan(REPOSITORIES_FRESH_MS)) return known
    // Its first Run may be younger than what is remembered.
    this.#repositories = null
    return find(await this.repositories())
  }

  repositories(): Promise<readonly RepositoryRef[]> {
    const now = this.#ports.now()
    if (!this.#repositories || this.#repositories.until <= now) {
      const list = this.#ports.repositories()
      this.#repositories = { list, until: now + REPOSITORIES_CACHE_MS }
      list.catch(() => {
        this.#repositories = null
      })
    }
    return this.#repositories.list
  }

  #isOlderThan(ms: number): boolean {
    const until = this.#repositories?.until ?? 0
    return this.#ports.now() - (until - REPOSITORIES_CACHE_MS) > ms
  }

  /** A private repository to ask GitHub about where there is none to ask about. */
  async #decoy(): Promise<RepositoryRef | null> {
    return (await this.repositories()).find((r) => r.private) ?? null
  }

  async #remembered(who: Individual, what: string): Promise<'yes' | 'unknown'> {
    const known = this.#known.get(keyOf(who, what))
    if (!known || known.until <= this.#ports.now()) return 'unknown'
    return allows(await known.level.catch((): Level => 'none'), 'read') ? 'yes' : 'unknown'
  }

  #level(who: Individual, repository: RepositoryRef, what: string): Promise<Level> {
    const key = keyOf(who, what)
    const known = this.#known.get(key)
    if (known && known.until > this.#ports.now()) return known.level
    const level = this.#ports.permissionOf(repository, who.login, who.id)
    this.#keep(key, level)
    // A question that failed is asked again.
    level.catch(() => this.#known.delete(key))
    return level
  }

  #keep(key: string, level: Promise<Level>): void {
    this.#known.delete(key)
    this.#known.set(key, { level, until: this.#ports.now() + PERMISSION_CACHE_MS })
    const [oldest] = this.#known.keys()
    if (this.#known.size > PERMISSION_CACHE_MAX && oldest !== undefined) this.#known.delete(oldest)
  }
}

const keyOf = (who: Individual, what: string): string => `${who.id}:${what}`
const rank = (role: Need): number => ['read', 'write', 'admin'].indexOf(role)
const allows = (level: Level, need: Need): boolean => levels.indexOf(level) >= levels.indexOf(least[need])

/** `acme/*` against `acme/shop`: `*` stands for any characters but `/`. */
export function matches(glob: string, { owner, name }: Pick<RepositoryRef, 'owner' | 'name'>): boolean {
  const [ownerGlob = '', nameGlob = ''] = glob.toLowerCase().split('/')
  return fits(ownerGlob, owner.toLowerCase()) && fits(nameGlob, name.toLowerCase())
}

/** Walks both texts once per star and never back past it, so that no glob is slow. */
function fits(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*')
  const tail = rest.pop()
  if (tail === undefined) return text === head
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false
  let at = head.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > text.length - tail.length) return false
    at = found + part.length
  }
  return true
}

/** Who a Run is requested by, or cancelled by. */
export function personOf(who: Exclude<Identity, { kind: 'anonymous' }>): Person {
  return who.kind === 'person' ? { id: who.id, login: who.login } : programAsPerson(who.name)
}
