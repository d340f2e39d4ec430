/**
 * Holds every answer of the app to its own API description: a status, a media type, a body or a problem code that the
 * route's operation does not tell is a drift. The answer becomes a 500 that no test expects, and the drift is kept.
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'

import type { CheckAnswer } from '../../../app/http/dispatch.ts'
import { openApiDocument } from '../../../app/http/openapi.ts'
import { pathOf } from '../../../app/http/operation.ts'
import type { Outgoing, Route } from '../../../app/http/route.ts'

type Content = Record<string, { schema: object }>
type Responses = Record<string, { content?: Content }>
interface Described {
  responses: Responses
  validatorOf: (status: number, type: string, schema: object) => ValidateFunction
}

const described = new Map<string, Described>()

/** What answers had that the description has not, since the process started. */
const drifts: string[] = []

/** Throws where there was a drift; for the end of a test. */
export function expectNoDrift(): void {
  if (drifts.length > 0)
    throw new Error(`Answers that the API description does not tell:\n${drifts.splice(0).join('\n')}`)
}

/** Throws, and keeps what it found. */
export const asDescribed: CheckAnswer = (route, answer) => {
  const drift = driftOf(route, answer)
  if (drift === null) return
  const sentence = `${route.method} ${route.path} answered ${answer.status} ${drift}`
  drifts.push(sentence)
  throw new Error(sentence)
}

function driftOf(route: Route, { status, headers, data }: Outgoing): string | null {
  const { responses, validatorOf } = described.get(keyOf(route)) ?? describe(route)
  const response = responses[status]
  if (!response) return `, which its description does not tell: ${String(data).slice(0, 300)}`
  const type = headers['content-type']?.split(';', 1)[0]
  if (type === undefined) return data.length > 0 ? 'with a body without a type' : null
  const content = response.content?.[type]
  if (!content) return `as ${type}, which its description does not tell`
  if (!/[/+]json$/.test(type)) return null
  const validate = validatorOf(status, type, content.schema)
  return validate(JSON.parse(String(data)))
    ? null
    : `with a body that does not fit: ${JSON.stringify(validate.errors?.slice(0, 3))} in ${String(data).slice(0, 500)}`
}

const keyOf = ({ method, path, summary }: Route): string => `${method} ${path} ${summary}`

/** Compiled when a route is first asked, once for all tests of a file. */
function describe(route: Route): Described {
  const document = openApiDocument([route], { version: '0', publicUrl: 'http://app.test' }) as unknown as {
    paths: Record<string, Record<string, { responses: Responses }>>
    components: object
  }
  const ajv = new Ajv2020({ strict: false, allErrors: false })
  ajvFormats.default(ajv)
  ajv.addSchema({ $id: 'http://app.test/openapi', components: document.components })
  const compiled = new Map<string, ValidateFunction>()
  const made: Described = {
    responses: document.paths[pathOf(route)]![route.method.toLowerCase()]!.responses,
    validatorOf(status, type, schema) {
      const key = `${status} ${type}`
      const known =
        compiled.get(key) ?? ajv.compile({ $id: `http://app.test/${encodeURIComponent(key)}`, ...absolute(schema) })
      compiled.set(key, known)
      return known
    },
  }
  described.set(keyOf(route), made)
  return made
}

/** References into the document, as a schema outside of it has to write them. */
function absolute(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components/', '"http://app.test/openapi#/components/'),
  ) as object
}
