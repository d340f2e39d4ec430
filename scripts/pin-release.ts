/**
 * Sets the pins of a release. A tag can be moved, a commit cannot: what we ship names itself by its full commit id.
 * First `node scripts/pin-release.ts <commit>` pins the action in the reusable workflow; after that is committed,
 * `node scripts/pin-release.ts <that commit> .github/workflows/deckhand.yml` pins the workflow in the caller's file.
 */
import { readFileSync, writeFileSync } from 'node:fs'

export const REUSABLE_WORKFLOW = '.github/workflows/run-agent.yml'
export const CALLER_WORKFLOW = '.github/workflows/deckhand.yml'
export const UNPINNED = '0'.repeat(40)
const OWN_PIN = /(uses: deckhand\/deckhand\/\S+@)[0-9a-f]{40}(?![0-9a-f])/g

/**
 * The workflow's text with every reference to this repository set to the commit.
 * @throws Error when the commit is no full id, or the text has no such reference.
 */
export function pinRelease(workflow: string, commit: string): string {
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new Error(`"${commit}" is not a full commit id of 40 lower-case hex digits.`)
  if (workflow.search(OWN_PIN) < 0)
    throw new Error('The workflow has no reference to deckhand/deckhand with a full pin.')
  return workflow.replaceAll(OWN_PIN, `$1${commit}`)
}

if (import.meta.main) {
  const [commit = '', file = REUSABLE_WORKFLOW] = process.argv.slice(2)
  try {
    writeFileSync(file, pinRelease(readFileSync(file, 'utf8'), commit))
    console.log(`${file} is pinned to ${commit}.`)
  } catch (error) {
    console.error(`${(error as Error).message}\nUse: node scripts/pin-release.ts <commit> [workflow file]`)
    process.exitCode = 2
  }
}
