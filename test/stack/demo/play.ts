/** One Run of the demo, from the comment to its end or pause, with what goes wrong on the way. */
import type { RunStreamData } from '../../../app/contracts/api.ts'
import { REPOSITORY } from '../world.ts'
import type { World } from '../world.ts'
import type { DemoArgs } from './args.ts'
import { followRun } from './follow.ts'
import type { Outcome } from './outcomes.ts'
import { lineOf } from './show.ts'
import type { Finished, Show } from './show.ts'

const RUN_APPEARS_MS_MAX = 30_000
const LOOK_EVERY_MS = 50
/** Long enough for a cancel or a lost machine to arrive in the middle of the agent's work. */
const SLOW_STEP_MS = 4_000
/** The pause comes when one commit is there. */
const PAUSED_IN_STEP = 4
const STOPS = ['run.succeeded', 'run.failed', 'run.cancelled', 'run.paused']
const E2B_REFUSALS = 1_000

/** What the agent is told, and what happens to it. */
type Plot = Pick<Outcome, 'instructions' | 'interference'>

interface Play {
  world: World
  args: DemoArgs
  show: Show
  issue: number
  plot: Plot
  stop: AbortSignal
  /** `performance.now()` at the demo's start. */
  startedAt: number
}

/** Answers with what the demo ends with, and how long the Run itself took. */
export async function playRun(play: Play): Promise<{ finished: Finished; runMs: number }> {
  prepareFailure(play.world, play.args)
  const watch = watchReactions(play.world, play.show)
  try {
    return await follow(play)
  } finally {
    watch.stop()
  }
}

async function follow({ world, show, issue, plot, stop, startedAt }: Play) {
  const body = ['/assign-agent stub', ...plot.instructions].join('\n')
  world.comment(issue, body)
  show.line('webhook', `octocat commented "/assign-agent stub" on ${REPOSITORY}#${issue}`, { issue })

  const runId = await appearedRun(world, issue, stop)
  const run = await followRun({
    appUrl: world.appUrl,
    token: world.apiToken,
    runId,
    signal: stop,
    until: STOPS,
    onEvent: (event) => {
      const line = lineOf(event.type, event.data, event.run)
      if (line) show.line(line.kind, line.text, { runId, event: event.type, seq: event.seq })
      interfere(world, plot, event, issue)
    },
  })
  const finished = {
    runId,
    status: run.status,
    reason: run.reason?.code ?? null,
    prNumber: run.pullRequest?.number ?? null,
    prUrl: run.pullRequest?.url ?? null,
    commits: run.git.commits,
    ms: Math.round(performance.now() - startedAt),
  }
  return { finished, runMs: Date.parse(run.endedAt ?? run.updatedAt) - Date.parse(run.createdAt) }
}

/** What the flags ask for. */
export function plotOf(args: DemoArgs): Plot {
  if (args.fail === 'agent') return { instructions: ['stub: fail'], interference: null }
  const interference = args.cancel ? 'cancel' : args.fail === 'runner' ? 'lose the runner' : null
  return { instructions: interference ? [`stub: slow ${SLOW_STEP_MS}`] : [], interference }
}

function prepareFailure(world: World, { fail }: DemoArgs): void {
  if (fail === 'sandbox') world.e2b!.faults.failNext({ op: 'create', status: 401, times: E2B_REFUSALS })
  if (fail === 'github') {
    const body = {
      message: 'Resource not accessible by integration',
      documentation_url: 'https://docs.github.com/rest',
    }
    world.github.faults.failNext({ method: 'POST', path: /\/pulls$/, status: 403, body, times: 100 })
  }
}

/** What happens to the Run while the agent works. */
function interfere(world: World, { interference }: Plot, { type, data, run }: RunStreamData, issue: number): void {
  const inStep = type === 'agent.progressed' && data['step'] === PAUSED_IN_STEP && data['state'] === 'started'
  if (interference === 'pause' && inStep) world.comment(issue, '/agent pause')
  if (type !== 'agent.started') return
  if (interference === 'cancel') world.comment(issue, '/agent cancel')
  if (interference === 'lose the runner' && run.workflowRun) world.runner.kill(run.workflowRun.id)
}

/** GitHub sends no webhook for a reaction, so they are looked for. */
function watchReactions({ github }: World, show: Show): { stop(): void } {
  const icons: Record<string, string> = { eyes: '👀', rocket: '🚀', confused: '😕', '-1': '👎' }
  // Those of an earlier Run were shown already.
  let shown = github.state.reactions.length
  const look = () => {
    for (const { content } of github.state.reactions.slice(shown)) {
      shown++
      show.line('reaction', icons[content] ?? content, { content })
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    stop() {
      look()
      clearInterval(timer)
    },
  }
}

/** The id of the Run that the comment started, as the API's list shows it. */
async function appearedRun({ appUrl, apiToken }: World, issue: number, stop: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${apiToken}` }
  for (let waitedMs = 0; waitedMs < RUN_APPEARS_MS_MAX; waitedMs += LOOK_EVERY_MS) {
    stop.throwIfAborted()
    const response = await fetch(`${appUrl}/api/runs?repository=${REPOSITORY}&issue=${issue}`, {
      headers,
      signal: stop,
    })
    const { runs } = (await response.json()) as { runs: { id: string }[] }
    if (runs[0]) return runs[0].id
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`No Run appeared for issue ${issue} within ${RUN_APPEARS_MS_MAX / 1000} s.`)
}
