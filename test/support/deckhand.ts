/** The command line as people start it: a process of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { ownEnvironment } from './own-environment.ts'

const MAIN = fileURLToPath(new URL('../../cli/deckhand.ts', import.meta.url))

export interface Ended {
  code: number
  out: string
  err: string
}

/** Runs `deckhand` with these settings and no others. */
export function deckhand(env: Record<string, string>, ...args: string[]): Promise<Ended> {
  const options = { env: ownEnvironment(env) }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}
