/** The whole ledger of a Run with its signatures, as one document that `npm run verify` proves without the app. */
import { z } from 'zod'

import { RunId } from '../../contracts/ids.ts'
import { LedgerDocument } from '../../contracts/ledger.ts'
import { toLedgerDocument } from '../../domain/ledger.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export function ledgerRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/ledger',
    access: 'read',
    summary: 'The whole ledger with the signatures of its callbacks, to be proved offline',
    params: z.strictObject({ id: RunId }),
    answer: LedgerDocument,
    async handle({ who, params: { id } }) {
      await readableRun(ports, who, id)
      // The history first: every callback that it holds was kept before it.
      const history = await ports.runs.history(id)
      if (!history) throw new ProblemError('not_found')
      const document = toLedgerDocument(history, await ports.runs.callbacksOf(id))
      const headers = { 'content-disposition': `attachment; filename="${id}.ledger.json"` }
      return { json: document satisfies LedgerDocument, headers }
    },
  })
}
