/** The programs that may use the API, as the setting API_TOKENS names them; of the tokens themselves nothing is known here. */
import { ApiTokensBody } from '../../contracts/api.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { requireGlobalAdmin } from './admins.ts'
import type { ApiPorts } from './ports.ts'

export function tokensRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin/tokens',
    access: 'signed_in',
    summary: 'Names and scopes of the API tokens',
    answer: ApiTokensBody,
    async handle({ who, req, log }) {
      await requireGlobalAdmin(ports, { who, req, log }, { action: 'tokens.read', target: 'api_tokens', why: null })
      const tokens = ports.tokens.map(({ name, repositories, role }) => ({ name, repositories, role }))
      return { json: { tokens } satisfies ApiTokensBody }
    },
  })
}
