/** JSON Schemas of the contracts. Those that have a name in the code have the same one in the API description. */
import { z } from 'zod'

import * as admin from '../contracts/admin.ts'
import * as api from '../contracts/api.ts'
import * as browse from '../contracts/browse.ts'
import * as callbacks from '../contracts/callbacks.ts'
import * as checks from '../contracts/checks.ts'
import * as executor from '../contracts/executor.ts'
import * as issues from '../contracts/issues.ts'
import * as ids from '../contracts/ids.ts'
import * as ledger from '../contracts/ledger.ts'
import * as problems from '../contracts/problems.ts'
import * as setup from '../contracts/setup.ts'
import * as status from '../contracts/status.ts'
import * as workOrders from '../contracts/work-orders.ts'

export type Json = Record<string, unknown>
type Made = Json & { $defs?: Record<string, Json> }

const contractsByName = new Map<string, z.ZodType>()
for (const contract of [
  admin,
  api,
  browse,
  callbacks,
  checks,
  executor,
  ids,
  issues,
  ledger,
  problems,
  setup,
  status,
  workOrders,
])
  for (const [id, schema] of Object.entries(contract)) if (schema instanceof z.ZodType) register(schema, id)

/** Of two contracts with one name the description would hold one, and describe the other by it. */
function register(schema: z.ZodType, id: string): void {
  const other = contractsByName.get(id) ?? schema
  if (other !== schema) throw new Error(`Two contracts are called ${id}.`)
  contractsByName.set(id, schema)
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
}

const LOCAL = '#/$defs/'
const SHARED = '#/components/schemas/'

/** Makes schemas for one document and keeps the named ones apart, to be referred to. */
export class Schemas {
  readonly named: Record<string, Json> = {}

  /** `input` is what is sent to us, `output` what we answer. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Made
    this.#keep($defs)
    return shared(own)
  }

  /** The schema itself, even where it has a name. */
  inline(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Made
    const name = z.globalRegistry.get(schema)?.id
    if (name === undefined) {
      this.#keep($defs)
      return shared(own)
    }
    const { [name]: named = own, ...others } = $defs
    this.#keep(others)
    return shared(named)
  }

  #keep(schemas: Record<string, Json>): void {
    for (const [name, schema] of Object.entries(schemas)) this.named[name] ??= shared(schema)
  }
}

/** The same schema with its references pointing to where the document keeps them. */
function shared(value: Json): Json {
  return JSON.parse(JSON.stringify(value), (key, each: unknown) =>
    key === '$ref' && typeof each === 'string' ? each.replace(LOCAL, SHARED) : each,
  ) as Json
}
