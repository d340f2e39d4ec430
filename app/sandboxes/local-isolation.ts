/**
 * What stands between a local sandbox and the machine: bubblewrap where it works. Whether it works is found out by
 * executing it, because distributions and hosted runners forbid user namespaces in ways that only show then.
 */
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'

import { removeTree } from './local-supervisor.ts'

const PROBE_TIMEOUT_MS = 5_000
const PROCESSES_MAX = 1_024
const OPEN_FILES_MAX = 4_096
/** Address space of one process; Node 24 does not start in 1 GiB. */
const MEMORY_BYTES_MAX = 8 * 1024 ** 3
const FILE_BYTES_MAX = 4 * 1024 ** 3
const CPU_SECONDS_MAX = 3_600

/** Where a sandbox's home is mounted inside the namespace. */
export const NAMESPACE_HOME = '/home/agent'
const USER_ID_INSIDE = 1_000
/** systemd's range for users that live as long as one service: nothing else owns files as them. */
const DYNAMIC_UID_FIRST = 61_184
const DYNAMIC_UID_COUNT = 4_336

/** How commands are wrapped on this machine. */
export interface Wrapping {
  /** The bubblewrap program, or null for a plain process. */
  bwrap: string | null
  /** Whether this Node's own folder can be shown inside (it cannot where a dropped user may not reach it). */
  showNode: boolean
  prlimit: boolean
}

export interface Place {
  /** The sandbox's folder on the machine; holds `home`, `tmp` and `etc`. */
  dir: string
  network: 'none' | 'all'
}

/** A program on the PATH of this process, or null. */
function findProgram(name: string, path = process.env['PATH'] ?? '/usr/bin:/bin'): string | null {
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith('/')) continue
    try {
      fs.accessSync(join(folder, name), fs.constants.X_OK)
      return join(folder, name)
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return null
}

/** The PATH inside: the folder of this Node first, so that agents run the version that the product was tested with. */
export function pathInside(wrapping: Wrapping): string {
  const standard = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const node = wrapping.bwrap === null || wrapping.showNode ? [dirname(fs.realpathSync(process.execPath))] : []
  const own = wrapping.bwrap === null ? (process.env['PATH'] ?? '').split(delimiter).filter(Boolean) : []
  return [...new Set([...node, ...own, ...standard])].join(delimiter)
}

/** The user that commands drop to when this process is the real root; null when it is not. */
export function dropUid(random: () => number): number | null {
  if (process.getuid?.() !== 0) return null
  return DYNAMIC_UID_FIRST + Math.floor(random() * DYNAMIC_UID_COUNT)
}

/** Makes the folders of a sandbox. `uid` owns what the sandbox writes to. */
export function makePlace(dir: string, uid: number | null): void {
  fs.mkdirSync(dir, { mode: 0o711 })
  for (const name of ['home', 'tmp']) {
    fs.mkdirSync(join(dir, name), { mode: 0o700 })
    if (uid !== null) fs.chownSync(join(dir, name), uid, uid)
  }
  fs.mkdirSync(join(dir, 'etc'), { mode: 0o755 })
  const user = `agent:x:${USER_ID_INSIDE}:${USER_ID_INSIDE}::${NAMESPACE_HOME}:/bin/sh\n`
  fs.writeFileSync(join(dir, 'etc/passwd'), `root:x:0:0::/root:/bin/sh\n${user}`)
  fs.writeFileSync(join(dir, 'etc/group'), `root:x:0:\nagent:x:${USER_ID_INSIDE}:\n`)
}

/** `cd`, then the command itself: a missing folder or program is an exit code of 127, as in any shell. */
const ENTER = 'cd -- "$1" || exit 127; shift; exec "$@"'

/** The argument vector that runs `argv` in `cwd` (a path inside) of the sandbox. */
export function wrap(wrapping: Wrapping, place: Place, cwd: string, argv: readonly string[]): string[] {
  const entered = ['/bin/sh', '-c', ENTER, 'sh', cwd, ...argv]
  const limited = wrapping.prlimit ? ['prlimit', ...limits(wrapping), '--', ...entered] : entered
  if (wrapping.bwrap === null) return limited
  return [wrapping.bwrap, ...namespaceArguments(wrapping, place), '--', ...limited]
}

function limits(wrapping: Wrapping): string[] {
  const all = [
    `--nofile=${OPEN_FILES_MAX}`,
    `--as=${MEMORY_BYTES_MAX}`,
    `--fsize=${FILE_BYTES_MAX}`,
    `--cpu=${CPU_SECONDS_MAX}`,
    '--core=0',
  ]
  // Processes are counted per user, so outside a namespace the limit would count the whole desktop.
  return wrapping.bwrap === null ? all : [...all, `--nproc=${PROCESSES_MAX}`]
}

/**
 * Only named folders of the machine are visible, read-only; everything else is an empty tmpfs. The environment is the
 * one that bubblewrap itself is started with, which is clean: given as `--setenv` it would stand in the process list.
 */
function namespaceArguments(wrapping: Wrapping, { dir, network }: Place): string[] {
  const shown = ['/etc/ssl', '/etc/ca-certificates', '/etc/pki', '/etc/alternatives', '/etc/ld.so.cache']
  const named = ['/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/nsswitch.conf', '/etc/localtime', '/etc/mime.types']
  const net = network === 'all' ? ['/etc/resolv.conf', '/etc/hosts', '/etc/services', '/etc/protocols'] : []
  const isolation = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try']
  if (network === 'none') isolation.push('--unshare-net')
  return [
    isolation,
    ['--cap-drop', 'ALL', '--new-session', '--die-with-parent', '--hostname', 'sandbox'],
    ['--uid', String(USER_ID_INSIDE), '--gid', String(USER_ID_INSIDE)],
    ['--ro-bind', '/usr', '/usr'],
    ['/bin', '/sbin', '/lib', '/lib32', '/lib64'].flatMap(systemFolder),
    [...shown, ...named, ...net].flatMap((path) => ['--ro-bind-try', path, path]),
    ['--ro-bind-try', '/opt/hostedtoolcache', '/opt/hostedtoolcache'],
    ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/root', '--tmpfs', '/run', '--tmpfs', '/home'],
    ['--bind', join(dir, 'home'), NAMESPACE_HOME, '--bind', join(dir, 'tmp'), '/tmp'],
    ['--ro-bind', join(dir, 'etc/passwd'), '/etc/passwd', '--ro-bind', join(dir, 'etc/group'), '/etc/group'],
    wrapping.showNode ? nodeFolder() : [],
    ['--chdir', NAMESPACE_HOME],
  ].flat()
}

function systemFolder(path: string): string[] {
  try {
    if (fs.lstatSync(path).isSymbolicLink()) return ['--symlink', fs.readlinkSync(path), path]
    return ['--ro-bind', path, path]
  } catch {
    return []
  }
}

function nodeFolder(): string[] {
  const bin = dirname(fs.realpathSync(process.execPath))
  if (bin.startsWith('/usr/')) return []
  const prefix = basename(bin) === 'bin' && dirname(bin) !== '/' ? dirname(bin) : bin
  return ['--ro-bind', prefix, prefix]
}

/**
 * Executes bubblewrap as a sandbox would. The result is how to wrap commands, or a sentence on why it cannot be used.
 */
export async function probeNamespace(root: string): Promise<{ wrapping: Wrapping } | { problem: string }> {
  const bwrap = findProgram('bwrap')
  if (bwrap === null) return { problem: 'bubblewrap (bwrap) is not installed' }
  const uid = dropUid(() => 0)
  const dir = fs.mkdtempSync(join(root, 'probe-'))
  let problem = ''
  try {
    removeTree(dir)
    makePlace(dir, uid)
    const prlimit = findProgram('prlimit') !== null
    const tries = [
      { bwrap, showNode: true, prlimit },
      { bwrap, showNode: false, prlimit },
      { bwrap, showNode: false, prlimit: false },
    ]
    for (const wrapping of tries) {
      const argv = ['/bin/sh', '-c', 'test -w . && test "$(ls /proc | grep -c "^[0-9]")" -lt 20']
      const output = await execute(wrap(wrapping, { dir, network: 'none' }, NAMESPACE_HOME, argv), uid)
      if (output === null) return { wrapping }
      problem ||= output
    }
    return { problem: `bubblewrap does not work here (${problem})` }
  } finally {
    removeTree(dir)
  }
}

/** How plain processes are wrapped: resource limits where prlimit works. */
export async function probePlain(): Promise<Wrapping> {
  const wrapping = { bwrap: null, showNode: false, prlimit: findProgram('prlimit') !== null }
  if (wrapping.prlimit) {
    const works = await execute(wrap(wrapping, { dir: '/', network: 'all' }, '/', ['true']), null)
    if (works !== null) wrapping.prlimit = false
  }
  return wrapping
}

/** Null when the command succeeds, otherwise what it said. */
function execute(argv: readonly string[], uid: number | null): Promise<string | null> {
  return new Promise((resolve) => {
    const user = uid === null ? {} : { uid, gid: uid }
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin' }
    const options = { cwd: '/', env, timeout: PROBE_TIMEOUT_MS, killSignal: 'SIGKILL' as const, ...user }
    const child = spawn(argv[0] ?? '', argv.slice(1), { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(0, 500)))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => resolve(code === 0 ? null : said.trim() || `exit code ${code}`))
  })
}
