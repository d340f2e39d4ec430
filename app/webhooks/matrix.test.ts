/** The reaction and reply matrix (surfaces.md 1.4), row by row: GitHub's own webhooks in, reactions and exact words out. */
import { expect, test } from 'vitest'

import { asPerson } from '../../test/stack/github/testing.ts'
import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

interface Row {
  row: string
  /** What was before. */
  given?: (w: ShopWithHandlers) => unknown
  /** Who comments what where; default octocat on the issue. */
  by?: string
  says: string
  on?: (w: ShopWithHandlers) => number
  reactions: string[]
  /** The new comments of ours, without their marks. */
  answers: (string | ((w: ShopWithHandlers) => string))[]
  /** How many Runs there are then. */
  runs?: number
}

const idOf = (w: ShopWithHandlers): string => w.runs()[0]!.id
const HELP = `Commands (write access needed unless marked):

| Command | What it does |
|---|---|
| \`/assign-agent [agent] [base=…] [timeout=…] [draft=true] [gate=none] [priority=…] [dry-run]\` | Start a run on this issue. Lines below are extra instructions |
| \`/agent status\` (read) | Show where the run is |
| \`/agent say <text>\` | Tell the agent something |
| \`/agent pause\` · \`resume\` · \`cancel\` · \`retry\` | Control the run |
| \`/agent kill\` (admin) | End the run and its sandbox at once |

Agents here: \`stub\` (default). [Dashboard](https://agents.example.com/runs) · [Docs](https://agents.example.com/docs/api)`
const working = (w: ShopWithHandlers): string =>
  `⚪ **stub** is queued. [Open the run](https://agents.example.com/r/${idOf(w)})`
const alreadyWorking = (w: ShopWithHandlers): string =>
  `A run is already working on this issue: https://agents.example.com/r/${idOf(w)}. Use /agent cancel first, or wait.`
/** Names of options that there are not: `wrong-a`, `wrong-b` and so on. */
const wrongOptions = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `wrong-${String.fromCharCode(97 + n)}`)
const denied = 'You need write access to acme/shop to assign an agent. A maintainer can comment `/assign-agent`.'

async function assigned(w: ShopWithHandlers): Promise<void> {
  await w.say('/assign-agent')
  await w.settle()
}

async function atWork(w: ShopWithHandlers): Promise<void> {
  await assigned(w)
  w.story.follow(idOf(w))
  await w.story.dispatched()
  await w.story.bind()
  await w.settle()
}

async function ended(w: ShopWithHandlers): Promise<void> {
  await assigned(w)
  const opened = { number: 90, url: `${w.local.url}/acme/shop/pull/90`, adopted: false }
  const outcome = { type: 'pull_request.opened', data: opened } as const
  await w.engine.submit(idOf(w), { type: 'outcome', outcome, at: w.story.now })
  await w.settle()
}

/** A pull request on a branch of its own, as a person opens it. */
async function pull(w: ShopWithHandlers, body: string): Promise<number> {
  await w.local.push({ repository: 'acme/shop', by: 'octocat', branch: 'mine', files: { 'a.txt': 'a' } })
  const at = { owner: 'acme', repo: 'shop', head: 'mine', base: 'main', title: 'Mine', body }
  const { data } = await asPerson(w.local, 'octocat').rest.pulls.create(at)
  return data.number
}
const newestPull = (w: ShopWithHandlers): number => w.local.state.pulls.at(-1)!.number

const rows: Row[] = [
  { row: 'accepted', says: '/assign-agent', reactions: ['eyes', 'rocket'], answers: [working], runs: 1 },
  {
    row: 'same command again while a run is live',
    given: assigned,
    says: '/assign-agent',
    reactions: ['eyes'],
    answers: [alreadyWorking],
    runs: 1,
  },
  {
    row: 'the same once more: the reply comes once per run',
    given: async (w) => {
      await assigned(w)
      await assigned(w)
    },
    says: '/assign-agent',
    reactions: ['eyes'],
    answers: [],
    runs: 1,
  },
  {
    row: 'unknown verb',
    says: '/agent cancle',
    reactions: ['confused'],
    answers: [
      `I do not know \`/agent cancle\`, did you mean \`/agent cancel\`?\n\n<details><summary>Help</summary>\n\n${HELP}\n\n</details>`,
    ],
  },
  {
    row: 'bad options, all at once',
    says: '/assign-agent gate=yolo gates=none',
    reactions: ['confused'],
    answers: [
      'I did not start a run:\n\n- `gate=yolo` is not valid. Use strict, standard, minimal or none.\n- unknown option `gates`, did you mean `gate`?',
    ],
  },
  {
    row: 'bad options of every kind, all at once',
    says: '/assign-agent nobody gates=none priority=soon timeout=2h timeout=9h model=x-1 plan base=nope please',
    reactions: ['confused'],
    answers: [
      `I did not start a run:

- unknown option \`gates\`, did you mean \`gate\`?
- \`priority=soon\` is not valid. Use low, normal or high.
- \`timeout\` is given more than once. Give it once.
- unexpected \`please\`: put instructions on the next line
- unknown agent \`nobody\`. Agents here: \`stub\`.
- \`timeout\` is over the cap of 1h. Use at most that.
- \`model\` does not work yet. Leave it out.
- \`plan\` does not work yet. Leave it out.
- \`base=nope\` is not a branch of this repository.`,
    ],
  },
  {
    row: 'an agent that is nearly one',
    says: '/assign-agent sutb',
    reactions: ['confused'],
    answers: ['I did not start a run:\n\n- unknown agent `sutb`, did you mean `stub`? Agents here: `stub`.'],
  },
  {
    row: 'as many wrong options as a line holds: the first ten are told',
    says: `/assign-agent ${wrongOptions(24).join('=1 ')}=1`,
    reactions: ['confused'],
    answers: [
      `I did not start a run:

${wrongOptions(10)
  .map((name) => `- unknown option \`${name}\`.`)
  .join('\n')}
- and 14 more`,
    ],
  },
  {
    row: 'a thousand wrong options: the line is too long to be read',
    says: `/assign-agent ${Array.from({ length: 1_000 }, (_, n) => `wrong${n}=1`).join(' ')}`,
    reactions: ['confused'],
    answers: [
      'I did not start a run:\n\n- the command line is longer than 300 characters: put instructions on the next line',
    ],
  },
  {
    row: 'words on the command line are no instructions',
    says: '/assign-agent stub please',
    reactions: ['confused'],
    answers: ['I did not start a run:\n\n- unexpected `please`: put instructions on the next line'],
  },
  {
    row: 'a base that is no branch',
    says: '/assign-agent base=nope',
    reactions: ['confused'],
    answers: ['I did not start a run:\n\n- `base=nope` is not a branch of this repository.'],
  },
  { row: 'no write access, a collaborator', by: 'hubot', says: '/assign-agent', reactions: ['-1'], answers: [denied] },
  {
    row: 'no write access: what is wrong with the options is not told',
    by: 'hubot',
    says: '/assign-agent nobody gate=yolo base=nope',
    reactions: ['-1'],
    answers: [denied],
  },
  {
    row: 'the same person on the same issue again',
    given: (w) => w.say('/assign-agent', 'hubot'),
    by: 'hubot',
    says: '/agent retry',
    reactions: ['-1'],
    answers: [],
  },
  {
    row: '(e) no write access, an outsider on a public repository',
    by: 'mallory',
    says: '/assign-agent',
    reactions: ['-1'],
    answers: [],
  },
  {
    row: 'the issue is closed',
    given: (w) => w.local.closeIssue({ repository: 'acme/shop', number: w.issue, by: 'octocat' }),
    says: '/assign-agent',
    reactions: ['confused'],
    answers: ['This issue is closed, so there is nothing to assign. Reopen it first.'],
  },
  {
    row: 'the issue is closed, and the options are wrong too: what the command says comes first',
    given: (w) => w.local.closeIssue({ repository: 'acme/shop', number: w.issue, by: 'octocat' }),
    says: '/assign-agent nobody base=nope',
    reactions: ['confused'],
    answers: [
      'I did not start a run:\n\n- unknown agent `nobody`. Agents here: `stub`.\n- `base=nope` is not a branch of this repository.',
    ],
  },
  {
    row: 'the issue is locked: GitHub lets no App write there, so the reaction has to do',
    given: (w) => w.local.lockIssue({ repository: 'acme/shop', number: w.issue, by: 'octocat' }),
    says: '/assign-agent',
    reactions: ['confused'],
    answers: [],
  },
  {
    row: 'a pull request has nothing to assign',
    given: (w) => pull(w, 'By hand.'),
    says: '/assign-agent',
    on: newestPull,
    reactions: ['confused'],
    answers: ['This is a pull request, so there is nothing to assign. Assign an agent on an issue.'],
  },
  {
    row: 'a pull request of ours: its commands mean the run that opened it',
    given: async (w) => {
      await assigned(w)
      const number = await pull(
        w,
        `Closes #${w.issue}\n\n<!-- deckhand:v1 created_by_run_id=${idOf(w)} issue=${w.issue} -->`,
      )
      const opened = { number, url: `${w.local.url}/acme/shop/pull/${number}`, adopted: false }
      const outcome = { type: 'pull_request.opened', data: opened } as const
      await w.engine.submit(idOf(w), { type: 'outcome', outcome, at: w.story.now })
      await w.settle()
    },
    says: '/agent retry',
    on: newestPull,
    reactions: ['confused'],
    answers: [(w) => `Run ${idOf(w)} already succeeded, so there is nothing to retry.`],
    runs: 1,
  },
  {
    row: 'a pull request that is not ours, whatever mark somebody wrote into it',
    given: async (w) => {
      await ended(w)
      await pull(w, `<!-- deckhand:v1 created_by_run_id=${idOf(w)} issue=${w.issue} -->`)
    },
    says: '/agent cancel',
    on: newestPull,
    reactions: ['confused'],
    answers: ['This pull request is not one of mine, so `/agent` has nothing to do here. Use it on the issue.'],
    runs: 1,
  },
  {
    row: 'verb not allowed in this state',
    given: ended,
    says: '/agent cancel',
    reactions: ['confused'],
    answers: [(w) => `Run ${idOf(w)} already succeeded, so there is nothing to cancel.`],
    runs: 1,
  },
  {
    row: 'retry of what is still there',
    given: assigned,
    says: '/agent retry',
    reactions: ['confused'],
    answers: [(w) => `Run ${idOf(w)} is still queued, so there is nothing to retry.`],
    runs: 1,
  },
  {
    row: 'a verb that does not work yet',
    given: assigned,
    says: '/agent approve',
    reactions: ['confused'],
    answers: ['`/agent approve` does not work yet. Use `/agent status`, `/agent cancel` or `/agent help`.'],
    runs: 1,
  },
  {
    row: 'a message to an agent at work',
    given: atWork,
    says: '/agent say use tabs',
    reactions: ['eyes', 'rocket'],
    answers: [],
    runs: 1,
  },
  {
    row: 'a message without words',
    given: atWork,
    says: '/agent say',
    reactions: ['confused'],
    answers: ['There is nothing to tell the agent. Write `/agent say <text>`.'],
    runs: 1,
  },
  {
    row: 'a message by who may only triage',
    given: atWork,
    by: 'hubot',
    says: '/agent say use tabs',
    reactions: ['-1'],
    answers: ['You need write access to acme/shop for `/agent say`.'],
    runs: 1,
  },
  {
    row: 'switched off',
    given: (w) => w.flip(true),
    says: '/assign-agent',
    reactions: ['eyes', 'confused'],
    answers: [
      'An admin has switched all agents off, so I did not start a run. When they are on again, comment `/assign-agent` again.',
    ],
  },
  {
    row: 'a second command in one comment',
    says: '/assign-agent\n/agent cancel',
    reactions: ['eyes', 'rocket'],
    answers: ['I only read the first command of a comment; the others were not run.', working],
    runs: 1,
  },
  { row: 'help', by: 'hubot', says: '/agent', reactions: ['eyes'], answers: [HELP] },
  {
    row: 'status, for everybody who can read',
    given: assigned,
    by: 'hubot',
    says: '/agent status',
    reactions: ['eyes'],
    answers: [
      (w) =>
        `⚪ Run [${idOf(w)}](https://agents.example.com/r/${idOf(w)}): queued. [Status comment](${w.runs()[0]!.comment!.url}).`,
    ],
    runs: 1,
  },
  {
    row: 'our own reply, copied by somebody',
    says: '/agent help\n\n<!-- deckhand:reply -->',
    reactions: [],
    answers: [],
  },
  { row: 'not ours: nothing at all', says: '/assign @octocat\n> /assign-agent', reactions: [], answers: [] },
]

const withoutMarks = (body: string): string => body.split(/\n\n(?=<!--|\| \| \|\n)/)[0]!

test.each(rows)('$row', async ({ given, by = 'octocat', says, on, reactions, answers, runs = 0 }) => {
  await using w = await openShopWithHandlers({ private: false })
  await given?.(w)
  const before = w.local.state.comments.length
  await w.say(says, by, on?.(w) ?? w.issue)
  await w.settle()
  const [asked, ...said] = w.local.state.comments.slice(before)
  const given_ = w.local.state.reactions.filter((r) => r.subject === 'comment' && r.subjectId === asked!.id)
  expect(given_.map((r) => r.content)).toEqual(reactions)
  const expected = answers.map((answer) => (typeof answer === 'string' ? answer : answer(w)))
  expect(said.map(({ body }) => withoutMarks(body)).toSorted()).toEqual(expected.toSorted())
  expect(w.runs()).toHaveLength(runs)
  // Whatever a reply is, it says so by its end, and it calls nobody.
  const replies = said.filter(({ body }) => !body.includes('seq='))
  expect(replies.filter(({ body }) => !body.endsWith('<!-- deckhand:reply -->'))).toEqual([])
  expect(replies.filter(({ body }) => /@\w/.test(body))).toEqual([])
})

test('a redelivered webhook changes nothing', async () => {
  await using w = await openShopWithHandlers()
  for (const says of ['/assign-agent', '/agent status', '/agent cancle', '/agent help']) {
    await w.say(says)
    await w.settle()
  }
  const before = structuredClone([w.local.state.comments, w.local.state.reactions, w.runs()])
  const asked = w.local.state.comments.filter(({ body }) => body.startsWith('/'))
  for (const { id } of asked) await w.again(id)
  await w.settle()
  expect(structuredClone([w.local.state.comments, w.local.state.reactions, w.runs()])).toEqual(before)
})

test('our own failure is told in the end, with the delivery that it was', async () => {
  await using w = await openShopWithHandlers()
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: '/assign-agent' })
  const delivery = { id: '72d3162e-cc78-11e3', name: 'issue_comment', payload: await w.newest('issue_comment') }
  await w.handlers.apologise(delivery)
  w.local.addLabel({ repository: 'acme/shop', number: w.issue, by: 'octocat', label: 'agent' })
  await w.handlers.apologise({ id: '99999999-cc78-11e3', name: 'issues', payload: await w.newest('issues') })
  expect(w.reactions()).toEqual(['confused'])
  expect(w.replies().map(withoutMarks)).toEqual([
    'Something broke on my side and no run was started. Reference: 72d3162e.',
    'Something broke on my side and no run was started. Reference: 99999999.',
  ])
})

test('help is one comment for ever: edited, and unfolded where an error has folded it away', async () => {
  await using w = await openShopWithHandlers()
  await w.say('/agent help')
  await w.say('/agent cancle')
  const folded = () => w.local.state.comments.filter((c) => c.minimized === 'outdated').map((c) => c.body.slice(0, 8))
  expect(folded()).toEqual(['Commands'])
  await w.say('/agent help', 'hubot')
  expect(folded()).toEqual(['I do not'])
  expect(w.replies()).toHaveLength(2)
})
