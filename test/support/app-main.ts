/** What `app-process.ts` spawns: `app/main.ts` as it is, without the pauses that GitHub's own limits ask for. */
import { flushCompileCache } from 'node:module'

import { main } from '../../app/main.ts'
import { asDescribed } from '../stack/http/as-described.ts'

// Nobody is left to end this process when the one that started it is gone.
process.on('disconnect', () => process.exit())
await main({ throttle: false, checkAnswer: asDescribed })
// Most stories end this process with SIGKILL, and what was compiled would be lost with it.
flushCompileCache()
