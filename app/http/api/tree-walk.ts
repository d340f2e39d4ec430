/**
 * Reads the tree below an issue, level by level, for one reader. It may reach into other repositories: what lies in one
 * that the reader may not read is left out with all that is below it, and nothing counts it. GitHub is asked a bounded
 * number of times, and keeps to its own limits: 100 issues below one, eight levels.
 */
import { TREE_ISSUES_MAX, TREE_LEVELS_MAX } from '../../contracts/issues.ts'
import type { IssueLink, IssueNode } from '../../contracts/issues.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import { toRunBody } from '../../domain/view.ts'
import type { Identity } from '../route.ts'
import { asking } from './answers.ts'
import type { TreeIssue } from '../../domain/issue-facts.ts'
import type { ApiPorts } from './ports.ts'
import { inBatches, nameOf } from './repository.ts'

/** Questions to GitHub for one tree; each is kept for a while (github/sub-issues.ts). */
const READS_MAX = 30
const OTHER_REPOSITORIES_MAX = 10

/** An issue whose sub-issues are to be read. */
interface Branch {
  repository: RepositoryRef
  number: number
  /** Null as long as they were not read. */
  below: Placed[] | null
}
interface Placed extends Branch {
  issue: TreeIssue
}
/** What was read below an issue. */
export interface Below {
  children: IssueNode[]
  truncated: boolean
}

export class TreeWalk {
  readonly #ports: ApiPorts
  readonly #who: Identity
  readonly #home: RepositoryRef
  readonly #others = new Map<string, Promise<RepositoryRef | null>>()
  readonly #seen = new Set<string>()
  readonly #placed: Placed[] = []
  #reads = 0
  #truncated = false

  /** `home` is the repository that the reader named, and may read. */
  constructor(ports: ApiPorts, who: Identity, home: RepositoryRef) {
    this.#ports = ports
    this.#who = who
    this.#home = home
  }

  /** Where an issue is, for somebody who may read it; null alike where it is hidden and where the App is not. */
  place({ owner, name }: Pick<TreeIssue, 'owner' | 'name'>): Promise<RepositoryRef | null> {
    const key = `${owner}/${name}`.toLowerCase()
    if (key === nameOf(this.#home).toLowerCase()) return Promise.resolve(this.#home)
    const known = this.#others.get(key)
    if (known) return known
    if (this.#others.size >= OTHER_REPOSITORIES_MAX) {
      this.#truncated = true
      return Promise.resolve(null)
    }
    const found = this.#other(owner, name)
    this.#others.set(key, found)
    return found
  }

  async #other(owner: string, name: string): Promise<RepositoryRef | null> {
    const repository = await this.#ports.github.repository(owner, name).catch(() => null)
    const may = repository && (await this.#ports.access.mayList(this.#who, 'read', repository))
    return may ? repository : null
  }

  /** The issue above, as far as the reader may know of it. */
  async parentOf(number: number): Promise<IssueLink | null> {
    const parent = await asking(this.#ports.github.parentIssue(this.#home, number))
    const repository = parent && (await this.place(parent))
    return repository && linkOf(parent, repository)
  }

  /** Null where there is no such issue. Throws `unavailable` where GitHub does not tell of the first level. */
  async below(number: number, levels = TREE_LEVELS_MAX): Promise<Below | null> {
    const root: Branch = { repository: this.#home, number, below: null }
    this.#seen.add(keyOf(root))
    await this.#walk([root], levels)
    return root.below && this.#told(root.below)
  }

  /** These issues as roots, with what is below them. */
  async forest(issues: readonly TreeIssue[]): Promise<Below> {
    const roots = await this.#place(issues)
    await this.#walk(roots)
    return this.#told(roots)
  }

  async #walk(roots: readonly Branch[], levels = TREE_LEVELS_MAX): Promise<void> {
    let branches = roots
    for (let level = 0; level < levels && branches.length > 0; level++) branches = await this.#read(branches)
    if (branches.length > 0) this.#truncated = true
  }

  async #told(roots: readonly Placed[]): Promise<Below> {
    const runs = await inBatches(this.#placed, async ({ repository, number: issue }) => {
      const run = await this.#ports.runs.latestRunOfIssue(repository.id, issue)
      return run && toRunBody(run, this.#ports.urls)
    })
    const runOf = new Map(this.#placed.map((placed, at) => [placed, runs[at] ?? null]))
    return { children: roots.map((placed) => nodeOf(placed, runOf)), truncated: this.#truncated }
  }

  /** Reads what is directly below each, and gives those that may have more below. */
  async #read(branches: readonly Branch[]): Promise<Placed[]> {
    const asked = branches.slice(0, READS_MAX - this.#reads)
    if (asked.length < branches.length) this.#truncated = true
    const isOnly = this.#reads === 0 && asked.length === 1
    this.#reads += asked.length
    const answers = await inBatches(asked, ({ repository, number }) => {
      const answer = asking(this.#ports.github.subIssues(repository, number))
      // Without its first level there is no tree; a branch that GitHub does not tell of hides no other.
      return isOnly ? answer : answer.catch(() => 'unanswered' as const)
    })
    const further: Placed[] = []
    for (const [at, branch] of asked.entries()) {
      const answer = answers[at]
      if (answer === 'unanswered' || answer?.more) this.#truncated = true
      if (!answer || answer === 'unanswered') continue
      branch.below = await this.#place(answer.issues)
      further.push(...branch.below.filter(({ issue }) => issue.hasSubIssues !== false))
    }
    return further
  }

  async #place(issues: readonly TreeIssue[]): Promise<Placed[]> {
    const found: Placed[] = []
    for (const issue of issues) {
      const repository = await this.place(issue)
      const key = keyOf({ repository: issue, number: issue.number })
      // GitHub lets no issue stand twice; whatever it says, the walk ends.
      if (!repository || this.#seen.has(key)) continue
      if (this.#placed.length >= TREE_ISSUES_MAX) {
        this.#truncated = true
        break
      }
      this.#seen.add(key)
      const placed: Placed = { issue, repository, number: issue.number, below: null }
      this.#placed.push(placed)
      found.push(placed)
    }
    return found
  }
}

interface Numbered {
  repository: Pick<RepositoryRef, 'owner' | 'name'>
  number: number
}
const keyOf = ({ repository: { owner, name }, number }: Numbered): string => `${owner}/${name}#${number}`.toLowerCase()

function nodeOf(placed: Placed, runOf: ReadonlyMap<Placed, IssueNode['run']>): IssueNode {
  const children = (placed.below ?? []).map((each) => nodeOf(each, runOf))
  const link = linkOf(placed.issue, placed.repository)
  return { ...link, progress: progressOf(children), run: runOf.get(placed) ?? null, children }
}

export function progressOf(children: readonly IssueLink[]): IssueNode['progress'] {
  if (children.length === 0) return null
  return { done: children.filter(({ state }) => state === 'closed').length, total: children.length }
}

export function linkOf(
  { number, title, url, state }: Pick<TreeIssue, 'number' | 'title' | 'url' | 'state'>,
  { id, owner, name, private: isPrivate }: RepositoryRef,
): IssueLink {
  return { repository: { id, owner, name, private: isPrivate }, number, title, url, state }
}
