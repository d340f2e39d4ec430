/** The machine of one job: a folder tree like a hosted runner's and the variables that every step sees. */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { killOrphans } from './processes.ts'

export interface Machine {
  /** `GITHUB_WORKSPACE`; empty, since nothing is checked out. */
  workspace: string
  /** `RUNNER_TEMP` */
  temp: string
  /** `RUNNER_*`, `PATH`, `HOME` and what the host adds. */
  env: Record<string, string>
  /** The `runner` context. */
  context: Record<string, string>
  /** A new file in the folder for file commands. */
  file(prefix: string): Promise<string>
  eventPath: string
  /** Ends what is left and removes the folders. */
  remove(): Promise<void>
}

const names: Partial<Record<NodeJS.Platform, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'X64', arm64: 'ARM64' }

export async function makeMachine(
  repository: string,
  payload: unknown,
  provisionEnv: Record<string, string>,
): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), 'deckhand-runner-'))
  const name = repository.split('/')[1]!
  const temp = join(root, 'work/_temp')
  const commands = join(temp, '_runner_file_commands')
  const event = join(temp, '_github_workflow/event.json')
  const workspace = join(root, 'work', name, name)
  const [toolCache, home] = [join(root, 'hostedtoolcache'), join(root, 'home')]
  const folders = [commands, join(temp, '_github_workflow'), workspace, toolCache, home]
  for (const folder of folders) await mkdir(folder, { recursive: true })
  await writeFile(event, JSON.stringify(payload, null, 2))
  const trackingId = `github_${randomUUID()}`
  const context = {
    os: names[process.platform] ?? process.platform,
    arch: architectures[process.arch] ?? process.arch,
    name: 'Local runner',
    environment: 'github-hosted',
    temp,
    tool_cache: toolCache,
    workspace: join(root, 'work', name),
  }
  const runner = Object.entries(context).map(([key, value]) => [`RUNNER_${key.toUpperCase()}`, value] as const)
  return {
    workspace,
    temp,
    context,
    eventPath: event,
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: home,
      LANG: 'C.UTF-8',
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ...Object.fromEntries(runner),
      RUNNER_TRACKING_ID: trackingId,
      ...provisionEnv,
    },
    file: async (prefix) => {
      const path = join(commands, `${prefix}_${randomUUID()}`)
      await writeFile(path, '')
      return path
    },
    remove: async () => {
      await killOrphans(trackingId)
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
