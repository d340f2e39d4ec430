/**
 * Who may read, steer and administer the Runs of a repository. For people GitHub's answer counts, kept for at most a
 * minute; for programs what their token says. Who may not read a repository must not learn that it has Runs: a Run that
 * is hidden and one that does not exist cost the same work and get the same answer (trust.md row 23).
 */
import type { Person, RepositoryRef } from '../../domain/events.ts'
import type { AskedWhen } from '../../domain/issue-facts.ts'
import { programAsPerson } from '../../domain/people.ts'
import { isGitHubRefusal } from '../problem.ts'
import type { Identity } from '../route.ts'
import { Questions } from './questions.ts'
import { Visibility } from './visibility.ts'
import type { Sight } from './visibility.ts'

export const PERMISSION_CACHE_MS = 60_000
export const PERMISSION_CACHE_MAX = 10_000
const REPOSITORIES_CACHE_MS = 10_000
/** A name that is not found is looked up again unless the list is younger than this. */
const REPOSITORIES_FRESH_MS = 250
const PARALLEL_ASKS_MAX = 8
/** Somebody with more repositories than these names the one that they administer. */
const ADMINISTERED_ASKED_MAX = 200

const levels = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Level = (typeof levels)[number]

/** What is asked for: `admin` is maintain or admin on GitHub. */
export type Need = 'read' | 'write' | 'admin'
const least: Record<Need, Level> = { read: 'read', write: 'write', admin: 'maintain' }

export interface AccessPorts {
  /** GitHub's answer for the account with this number; `none` where the login is somebody else's by now. */
  permissionOf(repository: RepositoryRef, login: string, userId: number): Promise<Level>
  /** GitHub's answer of now; true also where the App cannot see the repository any more. */
  isPrivate(repository: RepositoryRef): Promise<boolean>
  /** Whether it has this name at GitHub now, and no other repository; at most half a minute old. */
  isNamedSo(repository: RepositoryRef): Promise<boolean>
  /** Every repository that has Runs, as it was last seen. */
  repositories(): Promise<readonly RepositoryRef[]>
  now: () => number
}

type Individual = Extract<Identity, { kind: 'person' }>

export class Access {
  readonly #ports: AccessPorts
  readonly #known = new Map<string, { level: Promise<Level>; until: number }>()
  readonly #visibility: Visibility
  readonly #questions: Questions
  #repositories: { list: Promise<readonly RepositoryRef[]>; until: number } | null = null

  constructor(ports: AccessPorts) {
    this.#ports = ports
    this.#visibility = new Visibility(ports)
    this.#questions = new Questions(ports.now)
  }

  /**
   * Whether everybody may read a repository. Never by what a Run remembers of it: what was last seen as private is
   * private, and of the rest GitHub is asked, at most every half minute. False when GitHub cannot be asked.
   */
  async isPublic(repository: RepositoryRef): Promise<boolean> {
    const seen = await this.#lastSeen(repository)
    return !seen.private && this.#visibility.isPublic(seen)
  }

  /** The same for badges: when GitHub cannot be asked, its last "public" counts for some minutes more. */
  async sightOf(repository: RepositoryRef): Promise<Sight> {
    const seen = await this.#lastSeen(repository)
    return seen.private ? { isPublic: false, isSure: true } : this.#visibility.lately(seen)
  }

  /** Counts a question to GitHub that somebody's request leads to. Throws `too_many_requests`. */
  count(who: Identity): void {
    if (who.kind === 'person' && !who.admin) this.#questions.named(who.id)
  }

  /** Whether somebody may do what needs `need` in a repository. Rejects when GitHub cannot be asked. */
  async may(who: Identity, need: Need, repository: RepositoryRef): Promise<boolean> {
    if (who.kind === 'anonymous') return false
    if (who.kind === 'token') return rank(who.role) >= rank(need) && matches(who.repositoryGlob, repository)
    if (who.admin || (need === 'read' && (await this.isPublic(repository)))) return true
    return allows(await this.#level(who, repository, placeOf(need, repository)), need)
  }

  /**
   * Whether somebody may start a Run. GitHub is asked about admins of this installation too, as it is before an agent
   * begins: their Run would not be let begin without write access (perform/dispatch.ts).
   */
  async mayStart(who: Identity, repository: RepositoryRef): Promise<boolean> {
    return this.may(who.kind === 'person' ? { ...who, admin: false } : who, 'write', repository)
  }

  /**
   * Whether somebody may read what lies in `repository`; null where nothing is there. `asked` is what they named. A
   * refusal is remembered under that name only, so that the second question about a hidden thing costs what the second
   * question about a missing one costs. GitHub being away counts as a refusal.
   */
  async mayRead(who: Identity, repository: RepositoryRef | null, asked: string): Promise<boolean> {
    if (who.kind !== 'person' || who.admin) return repository !== null && this.may(who, 'read', repository)
    const decoy = await this.#decoy()
    if (repository && (await this.isPublic(repository))) return true
    if (repository && (await this.#remembered(who, placeOf('read', repository))) === 'yes') return true
    const place = repository ?? decoy
    if (!place) return false
    if (!this.#isKnown(keyOf(who, asked))) this.count(who)
    const level = await this.#level(who, place, asked).catch((): Level => 'none')
    if (!repository || !allows(level, 'read')) return false
    this.#keep(keyOf(who, placeOf('read', repository)), Promise.resolve(level))
    return true
  }

  /**
   * The same for what nobody named: lists and streams. They look through a bounded number of repositories in a minute;
   * what is not known to be allowed is left out.
   */
  async mayList(who: Identity, need: Need, repository: RepositoryRef): Promise<boolean> {
    return (await this.mayListIfKnown(who, need, repository)) ?? false
  }

  /**
   * The same for who can ask again later: null where nobody knows now, because the question failed or the questions of
   * this minute are used up. Where GitHub has answered that it will not tell, that is a no.
   */
  async mayListIfKnown(who: Identity, need: Need, repository: RepositoryRef): Promise<boolean | null> {
    if (who.kind === 'person' && !who.admin && !(need === 'read' && (await this.isPublic(repository)))) {
      const known = this.#isKnown(keyOf(who, placeOf(need, repository)))
      if (!known && !this.#questions.listed(who.id)) return null
    }
    return this.may(who, need, repository).catch((error: unknown) => (isGitHubRefusal(error) ? false : null))
  }

  /** Numbers of the repositories whose Runs somebody may list; null is all of them. */
  async readable(who: Identity): Promise<number[] | null> {
    if (who.kind === 'anonymous') return []
    if (who.kind === 'person' ? who.admin : who.repositoryGlob === '*/*') return null
    const all = await this.repositories()
    return (await this.#allowed(who, 'read', all)).map(({ id }) => id)
  }

  /** The repositories that somebody administers, of those that have Runs; null is everything there is. */
  async administered(who: Identity): Promise<RepositoryRef[] | null> {
    if (who.kind === 'anonymous') return []
    if (administersAll(who)) return null
    const all = await this.repositories()
    return this.#allowed(who, 'admin', all.slice(0, ADMINISTERED_ASKED_MAX))
  }

  async #allowed(who: Identity, need: Need, all: readonly RepositoryRef[]): Promise<RepositoryRef[]> {
    const allowed: RepositoryRef[] = []
    for (let start = 0; start < all.length; start += PARALLEL_ASKS_MAX) {
      const some = all.slice(start, start + PARALLEL_ASKS_MAX)
      // One repository that GitHub gives no answer for must not hide the others.
      const may = await Promise.all(some.map((r) => this.mayList(who, need, r)))
      allowed.push(...some.filter((_, i) => may[i]))
    }
    return allowed
  }

  /**
   * The repositories of this name that have Runs, the youngest last: whoever renames one gives its name free. GitHub's
   * names do not tell upper from lower case.
   */
  async named(owner: string, name: string, when: AskedWhen = 'lately'): Promise<RepositoryRef[]> {
    const [o, n] = [owner.toLowerCase(), name.toLowerCase()]
    const find = (all: readonly RepositoryRef[]) =>
      all.filter((r) => r.owner.toLowerCase() === o && r.name.toLowerCase() === n)
    if (when === 'lately') {
      const known = find(await this.repositories())
      if (known.length > 0 || !this.#isOlderThan(REPOSITORIES_FRESH_MS)) return known
    }
    // Its first Run may be younger than what is remembered.
    this.#repositories = null
    return find(await this.repositories())
  }

  /** Those of a name that somebody may read: of people's, only the one that has the name at GitHub can be. */
  async readableNamed(
    who: Identity,
    owner: string,
    name: string,
    when: AskedWhen = 'lately',
  ): Promise<RepositoryRef[]> {
    const asked = `${owner}/${name}`.toLowerCase()
    const named = await this.named(owner, name, when)
    if (named.length < 2) return (await this.mayRead(who, named[0] ?? null, asked)) ? named : []
    // What is remembered of one must not be taken for the other.
    const may = await Promise.all(named.map((each) => this.mayRead(who, each, `${asked}#${each.id}`)))
    return named.filter((_, at) => may[at])
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

  async #lastSeen(repository: RepositoryRef): Promise<RepositoryRef> {
    return (await this.repositories()).find(({ id }) => id === repository.id) ?? repository
  }

  #isOlderThan(ms: number): boolean {
    const until = this.#repositories?.until ?? 0
    return this.#ports.now() - (until - REPOSITORIES_CACHE_MS) > ms
  }

  /** A private repository to ask GitHub about where there is none to ask about. */
  async #decoy(): Promise<RepositoryRef | null> {
    return (await this.repositories()).find((r) => r.private) ?? null
  }

  #isKnown(key: string): boolean {
    const known = this.#known.get(key)
    return known !== undefined && known.until > this.#ports.now()
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
    const level = this.#ask(who, repository)
    this.#keep(key, level)
    // A question that failed is asked again.
    level.catch(() => this.#known.delete(key))
    return level
  }

  /** GitHub answers for a name. Whose it is need not be asked for people who have nothing there. */
  async #ask(who: Individual, repository: RepositoryRef): Promise<Level> {
    const level = await this.#ports.permissionOf(repository, who.login, who.id)
    return level === 'none' || (await this.#ports.isNamedSo(repository)) ? level : 'none'
  }

  #keep(key: string, level: Promise<Level>): void {
    this.#known.delete(key)
    this.#known.set(key, { level, until: this.#ports.now() + PERMISSION_CACHE_MS })
    const [oldest] = this.#known.keys()
    if (this.#known.size > PERMISSION_CACHE_MAX && oldest !== undefined) this.#known.delete(oldest)
  }
}

const keyOf = (who: Individual, what: string): string => `${who.id}:${what}`
/**
 * Everybody has `read` in a public repository. An answer that was asked for while it was public must not open what is
 * private now, so reading has answers of its own, which are only asked for where the repository is private.
 */
const placeOf = (need: Need, { id }: RepositoryRef): string => (need === 'read' ? `read:${id}` : String(id))
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

/** Admins of everything: people by the setting ADMINS or as owners of the App, and programs by their token. */
export function administersAll(who: Identity): boolean {
  if (who.kind === 'anonymous') return false
  return who.kind === 'person' ? who.admin : who.role === 'admin' && who.repositoryGlob === '*/*'
}

/** Who a Run is requested by, or cancelled by. */
export function personOf(who: Exclude<Identity, { kind: 'anonymous' }>): Person {
  return who.kind === 'person' ? { id: who.id, login: who.login } : programAsPerson(who.name)
}
