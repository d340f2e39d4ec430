/** One issue as its page shows it, and the tree of sub-issues that it stands in. */
import { z } from 'zod'

import { RunBody } from './api.ts'

/** Of one tree in one answer. */
export const TREE_ISSUES_MAX = 200
/** As deep as GitHub lets sub-issues nest. */
export const TREE_LEVELS_MAX = 8

const RepositoryOfIssue = z.strictObject({ id: z.int(), owner: z.string(), name: z.string(), private: z.boolean() })

/** An issue that is named where another one is shown. */
export const IssueLink = z.strictObject({
  repository: RepositoryOfIssue,
  number: z.int(),
  title: z.string(),
  url: z.string(),
  state: z.enum(['open', 'closed']),
})
export type IssueLink = z.infer<typeof IssueLink>

/** An issue in a tree, with what is below it. */
export interface IssueNode extends IssueLink {
  progress: { done: number; total: number } | null
  run: RunBody | null
  children: IssueNode[]
}
export const IssueNode: z.ZodType<IssueNode> = z.strictObject({
  ...IssueLink.shape,
  progress: z
    .strictObject({ done: z.int(), total: z.int() })
    .nullable()
    .describe(
      'Of the issues directly below, how many are closed. Null where there are none, or where they were not read.',
    ),
  run: RunBody.nullable().describe('Its newest Run.'),
  get children() {
    return z.array(IssueNode)
  },
})

const truncated = z
  .boolean()
  .describe(
    `Whether there is more below than is told: an answer holds ${TREE_ISSUES_MAX} issues at most, and asks GitHub a bounded number of times.`,
  )
const parent = IssueLink.nullable().describe('The issue that it is a sub-issue of, if the caller may read that.')

/** What is above and below an issue, as far as the caller may read it: nothing tells of the rest. */
export const IssueTree = z.strictObject({
  parent,
  children: z.array(IssueNode).describe('In the order that people gave them.'),
  truncated,
  move: z
    .strictObject({ allowed: z.boolean(), why: z.string().nullable() })
    .describe('Whether the caller may change the order, and if not, the sentence that says why.'),
})
export type IssueTree = z.infer<typeof IssueTree>

/** `GET /api/repos/{owner}/{repo}/issues/{number}`: what the issue page shows. */
export const IssueBody = z.strictObject({
  repository: RepositoryOfIssue,
  number: z.int(),
  title: z.string(),
  body: z.string(),
  state: z.enum(['open', 'closed']),
  url: z.string(),
  labels: z.array(z.string()),
  agents: z.array(z.string()),
  /** Whether the signed-in person may assign an agent now, and if not, the sentence that says why. */
  assign: z.strictObject({ allowed: z.boolean(), why: z.string().nullable() }),
  runs: z.array(RunBody),
  tree: IssueTree.nullable().describe(
    'Its parent and the issues directly below it; `truncated` where there are more levels. Null where GitHub did not say.',
  ),
})
export type IssueBody = z.infer<typeof IssueBody>

/** `GET /api/runs/{id}/issues`: a tree, whose root is the issue of the Run as it is now. */
export const RunIssuesBody = z.strictObject({
  issues: z.array(IssueNode).max(1).describe('The root; none where the issue is not there any more.'),
  parent,
  truncated,
})
export type RunIssuesBody = z.infer<typeof RunIssuesBody>

const Sibling = z.union([
  z.int().min(1).max(9_999_999_999),
  z
    .string()
    .max(150)
    .regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+#[1-9]\d{0,9}$/, 'an issue of another repository is owner/name#number'),
])

/** `POST /api/repos/{owner}/{repo}/issues/{number}/reorder`: exactly one of the two. */
export const ReorderRequest = z.strictObject({
  after: Sibling.optional().describe(
    'The sibling to stand after: its number, or `owner/name#number` in another repository.',
  ),
  before: Sibling.optional().describe('The sibling to stand before.'),
})
export type ReorderRequest = z.infer<typeof ReorderRequest>

/** The new order, as far as the caller may read it. */
export const IssueOrderBody = z.strictObject({ parent: IssueLink, children: z.array(IssueLink) })
export type IssueOrderBody = z.infer<typeof IssueOrderBody>
