/** `npm run verify -- ledger.json`: proves an exported ledger without the app, or names the first event that is wrong. */
import { readFileSync } from 'node:fs'

import { visible } from '#domain/render/inert.ts'

import { sentenceOf } from './ledger/sentence.ts'
import { verifyLedger } from './ledger/verify.ts'

const USAGE = `Usage: npm run verify -- ledger.json
Checks a ledger that GET /api/runs/{id}/ledger gave. Ends with 0 when it is proved, 1 when it was changed, 2 when it could not be read.`

function main(args: readonly string[]): number {
  const [path, more] = args
  // Asked for, it is an answer and no mistake.
  if (path === '--help' || path === '-h') {
    console.log(USAGE)
    return 0
  }
  if (path === undefined || more !== undefined || path.startsWith('-')) return fail(USAGE)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return fail(`${path} cannot be read as JSON: ${(error as Error).message}`)
  }
  const verdict = verifyLedger(json)
  if (!verdict) return fail(`${path} is not a ledger. Save what GET /api/runs/{id}/ledger answers, whole.`)
  console.log(sentenceOf(verdict))
  return verdict.ok ? 0 : 1
}

function fail(message: string): number {
  console.error(visible(message))
  return 2
}

process.exitCode = main(process.argv.slice(2))
