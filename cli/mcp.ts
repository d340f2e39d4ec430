#!/usr/bin/env node
/**
 * `deckhand-mcp`: the API for agents that speak the Model Context Protocol, over stdin and stdout. It reads only, unless
 * it is started with --allow-writes: what a model was talked into must not start or stop work by itself.
 */
import { readFileSync } from 'node:fs'

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

import { AssignRequest, PromptRequest, REASON_CHARS_MAX, RUNS_PAGE_MAX } from '#contracts/api.ts'
import type { RunBody, RunList } from '#contracts/api.ts'
import { RunId } from '#contracts/ids.ts'
import { RunStatus } from '#contracts/status.ts'

import { CliError, clientFrom, exitCodes } from './client.ts'
import type { Client } from './client.ts'

const WRITES = '--allow-writes'
const USAGE = `Usage: deckhand-mcp [${WRITES}]
Speaks the Model Context Protocol on stdin and stdout. DECKHAND_URL is the address of the app, DECKHAND_TOKEN one of its
API_TOKENS. With ${WRITES} there are tools that assign, cancel and say; without it nothing can be changed.`
const RUNS_DEFAULT = 20

const Issue = z
  .string()
  .regex(/^[\w-]+\/[\w.-]+#[1-9]\d{0,9}$/, 'write owner/name#number')
  .describe('The issue as owner/name#number, such as acme/shop#101')
const runId = RunId.describe('Id of the Run, such as r_8k2f0q7w3z')
const reading = { readOnlyHint: true, openWorldHint: false } as const
const writing = { readOnlyHint: false, destructiveHint: true, openWorldHint: false } as const

function readTools(server: McpServer, client: Client): void {
  server.registerTool(
    'list_runs',
    {
      title: 'List Runs',
      description: 'The newest Runs that the token may read. A Run is one request to have an agent do one issue.',
      annotations: reading,
      inputSchema: {
        status: z.array(RunStatus).max(RunStatus.options.length).optional().describe('Only Runs in these states'),
        repository: z.string().max(140).optional().describe('Only this repository, as owner/name'),
        agent: z.string().max(64).optional().describe('Only Runs of this agent'),
        limit: z.int().min(1).max(RUNS_PAGE_MAX).default(RUNS_DEFAULT).describe('How many at most'),
      },
    },
    ({ status, repository, agent, limit }) =>
      answering(() => {
        const query = new URLSearchParams({ limit: String(limit) })
        if (status?.length) query.set('status', status.join(','))
        if (repository) query.set('repository', repository)
        if (agent) query.set('agent', agent)
        return client.get<RunList>(`/api/runs?${query.toString()}`)
      }),
  )
  server.registerTool(
    'get_run',
    {
      title: 'Show a Run',
      description: 'One Run: its state, why it ended, its branch and its pull request.',
      annotations: reading,
      inputSchema: { run_id: runId },
    },
    ({ run_id }) => answering(() => client.get<RunBody>(`/api/runs/${run_id}`)),
  )
}

function writeTools(server: McpServer, client: Client): void {
  const once = () => ({ 'idempotency-key': crypto.randomUUID() })
  server.registerTool(
    'assign_agent',
    {
      title: 'Assign an agent to an issue',
      description:
        'Starts a Run: an agent works on the issue in a sandbox and brings back a pull request; with dryRun only what it would have changed.',
      annotations: writing,
      // What does not work yet is among it: left out, it would be dropped without a word, and the Run would start.
      inputSchema: { issue: Issue, ...AssignRequest.shape },
    },
    ({ issue, ...body }) => {
      const [, owner, name, number] = /^([^/]+)\/([^#]+)#(\d+)$/.exec(issue)!
      return answering(() =>
        client.post<RunBody>(`/api/repos/${owner}/${name}/issues/${number}/assign-agent`, body, once()),
      )
    },
  )
  server.registerTool(
    'cancel_run',
    {
      title: 'Cancel a Run',
      description: 'Asks a Run to stop at its next checkpoint. It cannot be taken back; a retry starts a new attempt.',
      annotations: writing,
      inputSchema: {
        run_id: runId,
        reason: z.string().max(REASON_CHARS_MAX).optional().describe('Why; it stands in the ledger'),
      },
    },
    ({ run_id, ...body }) => answering(() => client.post<RunBody>(`/api/runs/${run_id}/cancel`, body, once())),
  )
  server.registerTool(
    'say',
    {
      title: 'Tell the agent something',
      description: 'A message to the agent of a Run that works or is paused; it reads it before its next step.',
      annotations: { ...writing, destructiveHint: false },
      inputSchema: { run_id: runId, text: PromptRequest.shape.prompt },
    },
    ({ run_id, text: prompt }) =>
      answering(() => client.post<RunBody>(`/api/runs/${run_id}/prompt`, { prompt }, once())),
  )
}

/** The API's answer as it is; a refusal in its own words, for the model to read. */
async function answering(ask: () => Promise<object>): Promise<CallToolResult> {
  try {
    const answer = await ask()
    return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: { ...answer } }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return { content: [{ type: 'text', text: error.message }], isError: true }
  }
}

async function main(args: readonly string[], env: Record<string, string | undefined>): Promise<void> {
  if (args.includes('--help')) return void process.stdout.write(`${USAGE}\n`)
  if (args.some((arg) => arg !== WRITES)) throw new CliError(exitCodes.usage, USAGE)
  const client = clientFrom(env)
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const server = new McpServer({ name: 'deckhand', title: 'Deckhand', version })
  readTools(server, client)
  if (args.includes(WRITES)) writeTools(server, client)
  await server.connect(new StdioServerTransport())
}

try {
  await main(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof CliError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
