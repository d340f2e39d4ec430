/** One issue as its page shows it, and the tree of sub-issues that it stands in. */
import { z } from 'zod'

import { RepositoryFacts, RunBody } from './api.ts'
import { IsoTime } from './ids.ts'

/** Of one tree in one answer. */
export const TREE_ISSUES_MAX = 200
/** As deep as GitHub lets sub-issues nest. */
export const TREE_LEVELS_MAX = 8

/** An issue that is named where another one is shown. */
export const IssueLink = z.strictObject({
  repository: RepositoryFacts,
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

/** Of one issue in one answer. */
export const BLOCKERS_SHOWN_MAX = 20
/** An issue that has to be closed before an agent begins with another one. */
const BlockingIssue = z.strictObject({ ...IssueLink.shape, run: RunBody.nullable().describe('Its newest Run.') })
export type BlockingIssue = z.infer<typeof BlockingIssue>

/** `GET /api/repos/{owner}/{repo}/issues/{number}`: what the issue page shows. */
export const IssueBody = z.strictObject({
  repository: RepositoryFacts,
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
  blockedBy: z
    .array(BlockingIssue)
    .max(BLOCKERS_SHOWN_MAX)
    .nullable()
    .describe('The issues of its repository that block it, open ones first. Null where GitHub did not say.'),
  tree: IssueTree.nullable().describe(
    'Its parent and the issues directly below it; `truncated` where there are more levels. Null where GitHub did not say.',
  ),
})
export type IssueBody = z.infer<typeof IssueBody>

/** Its pattern names `TREE_LEVELS_MAX`. */
export const RunIssuesQuery = z.strictObject({
  levels: z
    .string()
    .regex(/^[0-8]$/)
    .optional()
    .describe('How many levels below the issue are read; without it all of them'),
})
/** `GET /api/runs/{id}/issues`: a tree, whose root is the issue of the Run as it is now. */
export const RunIssuesBody = z.strictObject({
  issues: z.array(IssueNode).max(1).describe('The root; none where the issue is not there any more.'),
  parent,
  truncated,
})
export type RunIssuesBody = z.infer<typeof RunIssuesBody>

/** Of one answer. */
export const COMMENTS_MAX = 20
/** What is longer is read on GitHub. */
export const COMMENT_CHARS_MAX = 4_000

/** What was checked of a commit. */
export const ReportedChecks = z.strictObject({
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['running', 'completed']),
      conclusion: z.string().nullable().describe("GitHub's word for how it ended."),
      url: z.string().nullable(),
    }),
  ),
  more: z.boolean().describe('Whether there are others.'),
})
export type ReportedChecks = z.infer<typeof ReportedChecks>

/** `GET /api/repos/{owner}/{repo}/issues/{number}/activity` */
export const IssueActivityBody = z.strictObject({
  comments: z
    .array(
      z.strictObject({
        id: z.int(),
        author: z.string().nullable().describe('Null where the account is gone.'),
        body: z.string().describe(`At most ${COMMENT_CHARS_MAX} characters; what was cut shows as an ellipsis.`),
        url: z.string(),
        createdAt: IsoTime,
      }),
    )
    .max(COMMENTS_MAX)
    .describe('The latest comments, oldest of them first.'),
  more: z.boolean().describe('Whether there are older comments.'),
  pullRequest: z
    .strictObject({
      number: z.int(),
      url: z.string(),
      state: z.enum(['open', 'draft', 'merged', 'closed']).nullable().describe('Null where GitHub did not say.'),
      checks: ReportedChecks.nullable().describe(
        'What was checked of its newest commit, by whomever. Null where GitHub did not say.',
      ),
    })
    .nullable()
    .describe('That of its newest Run; null where that has opened none.'),
})
export type IssueActivityBody = z.infer<typeof IssueActivityBody>

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
