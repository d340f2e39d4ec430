/**
 * Git on the runner, where a token lies: no configuration of the machine or the user, no hooks, no filters, no
 * helpers, only the transports that are named. Configuration goes by environment, so nothing stands in argv or on disk.
 */
import { execFile } from 'node:child_process'

export const GIT_OUTPUT_BYTES_MAX = 64 * 1024 * 1024
export const GIT_TIMEOUT_MS = 300_000

export interface GitWorld {
  /** `PATH`, to find git and tar. */
  path: string
  /** Proxy and certificate variables of the machine. */
  passOn?: Record<string, string>
  signal: AbortSignal
}

const hardened: Record<string, string> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.attributesFile': '/dev/null',
  'credential.helper': '',
  'fetch.fsckObjects': 'true',
  'fetch.recurseSubmodules': 'false',
  'gc.auto': '0',
  'http.followRedirects': 'false',
  'maintenance.auto': 'false',
  'protocol.allow': 'never',
  'submodule.recurse': 'false',
}

/** For a fetch over the network: the token goes to this one host only, as a header. */
export function networkConfig(cloneUrl: string, token: string): Record<string, string> {
  const { origin, protocol } = new URL(cloneUrl)
  return {
    [`protocol.${protocol.replace(':', '')}.allow`]: 'always',
    'protocol.file.allow': 'never',
    [`http.${origin}/.extraheader`]: `Authorization: Basic ${basicToken(token)}`,
  }
}
export const basicToken = (token: string): string => Buffer.from(`x-access-token:${token}`).toString('base64')

/** @returns standard output. @throws Error with git's own words, which never include configuration. */
export function git(
  world: GitWorld,
  cwd: string,
  args: readonly string[],
  { config = {}, input }: { config?: Record<string, string>; input?: Uint8Array } = {},
): Promise<Buffer> {
  const settings = Object.entries({ ...hardened, ...config })
  const env: Record<string, string> = {
    ...runnerEnv(world),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_CONFIG_COUNT: String(settings.length),
  }
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return runTool(world, 'git', args, { cwd, env, ...(input ? { input } : {}) })
}

export const runnerEnv = ({ path, passOn }: GitWorld): Record<string, string> => ({
  ...passOn,
  PATH: path,
  LC_ALL: 'C',
  HOME: '/nonexistent',
})

/** Runs a tool of the runner by argv, bounded in time and output. */
export function runTool(
  world: GitWorld,
  tool: string,
  args: readonly string[],
  { cwd, env = runnerEnv(world), input }: { cwd: string; env?: Record<string, string>; input?: Uint8Array },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env,
      encoding: 'buffer' as const,
      maxBuffer: GIT_OUTPUT_BYTES_MAX,
      timeout: GIT_TIMEOUT_MS,
      signal: world.signal,
    }
    const child = execFile(tool, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const said = stderr.toString('utf8').trim().split('\n').slice(-3).join(' ').slice(0, 400)
      reject(new Error(`${tool} ${args[0] ?? ''} failed: ${said || error.message.split('\n')[0]}`))
    })
    // A tool that ends before it read everything says why by its exit code.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}
