/**
 * Which paths an agent's change may have. Judged on the resulting tree and never on patch text, after Unicode and case
 * are folded, because file systems that people check out on fold them too (trust.md rows 24 to 27).
 */

const PATH_CHARS_MAX = 1_024
const PATH_DEPTH_MAX = 64

/** Characters that HFS+ ignores in names (git's `is_hfs_dotgit`), among all the others that nobody sees. */
const IGNORED = /\p{Cf}/gu
/** What git treats as `.git` on some file system: itself, its short names, and streams or trailing dots of NTFS. */
const DOT_GIT = /^(?:\.git|git~\d+)(?:[. :].*)?$/

/** One spelling for all spellings that some file system takes for the same. */
export function folded(path: string): string {
  return path.normalize('NFKC').replace(IGNORED, '').toLowerCase().normalize('NFC')
}

/** Why no tree may hold this path, in a few words, or null. */
export function badPath(path: string): string | null {
  if (path.length > PATH_CHARS_MAX) return `a path longer than ${PATH_CHARS_MAX} characters`
  if (/\p{Cc}/u.test(path) || path.toWellFormed() !== path) return 'a path with control characters'
  if (path.includes('\\')) return 'a path with a backslash'
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'an absolute path'
  const parts = path.split('/')
  if (parts.length > PATH_DEPTH_MAX) return `a path deeper than ${PATH_DEPTH_MAX} folders`
  for (const part of parts) {
    if (part === '') return 'a path with an empty part'
    const seen = folded(part).trim()
    if (/^\.+$/.test(seen)) return 'a path that leaves its folder'
    if (DOT_GIT.test(seen)) return 'a path inside .git'
    if (part !== part.trim() || part.endsWith('.')) return 'a path with a space or dot at the end of a name'
  }
  return null
}

/** Workflows run with the repository's secrets: an agent may not touch them (surfaces.md 1.12). */
export function isProtected(path: string): boolean {
  const parts = folded(path)
    .split('/')
    .map((part) => part.replace(/[. ]+$/, '').trim())
  // A file in place of the folder would take the workflows away.
  return parts[0] === '.github' && (parts.length === 1 || parts[1] === 'workflows')
}

const manifests = new Set(
  [
    'package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml pnpm-workspace.yaml bun.lock bun.lockb',
    'deno.json deno.lock pyproject.toml poetry.lock uv.lock pipfile pipfile.lock setup.py setup.cfg go.mod go.sum',
    'cargo.toml cargo.lock gemfile gemfile.lock composer.json composer.lock pom.xml build.gradle build.gradle.kts',
    'settings.gradle gradle.lockfile mix.exs mix.lock packages.lock.json directory.build.props package.swift makefile',
    'dockerfile flake.nix flake.lock',
  ].flatMap((line) => line.split(' ')),
)
const agentFiles = new Set(['agents.md', 'claude.md', 'gemini.md', 'copilot-instructions.md'])

/** What a reviewer should look at first, in words without the path; null for an ordinary file. */
export function worthALook(path: string): string | null {
  const parts = folded(path).split('/')
  const name = parts.at(-1)!
  if (name === 'codeowners') return 'decides who reviews'
  if (agentFiles.has(name)) return 'instructs agents'
  if (name === '.gitattributes' || name === '.gitmodules') return 'changes how git treats files'
  if (manifests.has(name) || /^requirements[\w.-]*\.(?:txt|in)$/.test(name)) return 'decides what is installed or built'
  if (parts.some((part) => part.startsWith('.'))) return 'is a configuration file that tools read by themselves'
  return null
}
