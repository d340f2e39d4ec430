/** GitHub's trees of issues as a plain table: what is below an issue, by `<repository>#<number>`, in order. */
import type { TreeIssue } from '../../../app/domain/issue-facts.ts'
import type { ApiPorts } from '../../../app/http/api/ports.ts'

export interface SubIssueTable {
  below: Map<string, TreeIssue[]>
  /** Issues of which GitHub does not tell what is below them. */
  untold: Set<string>
  /** Every look below an issue. */
  readonly reads: string[]
  /** GitHub refuses every move. */
  refusesMoves: boolean
}

type Reads = Pick<ApiPorts['github'], 'subIssues' | 'parentIssue'> & Pick<ApiPorts, 'moveSubIssue'>

/** An issue below another one; its id follows from its name. */
export function treeIssue(name: string, number: number, over: Partial<TreeIssue> = {}): TreeIssue {
  const url = `https://github.com/acme/${name}/issues/${number}`
  const id = name.length * 100_000 + number
  return { id, owner: 'acme', name, number, title: `Part ${number}`, url, state: 'open', hasSubIssues: false, ...over }
}

export const subIssueTable = (): SubIssueTable => ({
  below: new Map(),
  untold: new Set(),
  reads: [],
  refusesMoves: false,
})

export function subIssueReads(table: SubIssueTable, away: <T>(answer: T) => Promise<T>): Reads {
  return {
    subIssues: ({ name }, number) => {
      const key = `${name}#${number}`
      table.reads.push(key)
      if (table.untold.has(key)) return Promise.reject(new Error('GitHub broke'))
      return away({ issues: [...(table.below.get(key) ?? [])], more: false })
    },
    parentIssue: ({ name }, number) => {
      const isThere = (issue: TreeIssue) => issue.name === name && issue.number === number
      const [above] = [...table.below].find(([, issues]) => issues.some(isThere)) ?? []
      if (above === undefined) return away(null)
      const [parent = '', at = ''] = above.split('#')
      return away(treeIssue(parent, Number(at), { hasSubIssues: true }))
    },
    moveSubIssue: ({ name }, parent, { id, ...next }) => {
      if (table.refusesMoves) return away(false)
      const key = `${name}#${parent}`
      const all = table.below.get(key)!
      const others = all.filter((issue) => issue.id !== id)
      const at = others.findIndex((issue) => issue.id === ('after' in next ? next.after : next.before))
      table.below.set(
        key,
        others.toSpliced(
          'after' in next ? at + 1 : at,
          0,
          all.find((issue) => issue.id === id)!,
        ),
      )
      return away(true)
    },
  }
}
