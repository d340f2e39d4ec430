/** Which workflow this release's caller file names, so that nobody has to copy a commit id into the settings. */
import { readFileSync } from 'node:fs'

/** The file that a repository gets; `scripts/pin-release.ts` sets its pin. */
const CALLER_FILE = new URL('../../.github/workflows/deckhand.yml', import.meta.url)
const USES = /^ {0,40}uses: (\S{1,200}\/\.github\/workflows\/[\w.-]+@)([0-9a-f]{40})$/m
/** What stands there before the first release. */
const UNPINNED = /^0+$/

/** `owner/repo/.github/workflows/run-agent.yml@<sha>`; null where no release is named, or the file is not shipped. */
export function releasedWorkflow(callerFile: string | null = readCallerFile()): string | null {
  const [, path, sha] = USES.exec(callerFile ?? '') ?? []
  return path === undefined || sha === undefined || UNPINNED.test(sha) ? null : path + sha
}

function readCallerFile(): string | null {
  try {
    return readFileSync(CALLER_FILE, 'utf8')
  } catch {
    return null
  }
}
