/** A schema in words: its type, its fields, and links to the schemas that have a name. */
import type { ReactNode } from 'react'

import { docsWords } from '../../words/docs.ts'
import { nameOf, type Schema } from './description.ts'
import css from './Docs.module.css'
import { Prose } from './Prose.tsx'

const DEPTH_MAX = 6

/** The type in one line: `string`, a link to a named schema, `list of …`, `a or b`. */
export function TypeOf({ schema }: { schema: Schema }): ReactNode {
  const { $ref, type, items, format } = schema
  const either = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if ($ref !== undefined) return <a href={`#schema-${nameOf($ref)}`}>{nameOf($ref)}</a>
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>
  if (schema.enum) return <code>{schema.enum.map(String).join(' | ')}</code>
  if (either) {
    return either.map((each, index) => (
      <span key={index}>
        {index > 0 && ' or '}
        <TypeOf schema={each} />
      </span>
    ))
  }
  if (type === 'array') return <>list of {items ? <TypeOf schema={items} /> : docsWords.anything}</>
  if (type === undefined) return docsWords.anything
  return `${[type].flat().join(' or ')}${format ? ` (${format})` : ''}`
}

/** The fields of an object, those of its parts below them. */
export function Fields({ schema, depth = 0 }: { schema: Schema; depth?: number }): ReactNode {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0 || depth > DEPTH_MAX) return null
  return (
    <ul className={css.fields}>
      {fields.map(([name, field]) => (
        <li key={name}>
          <code className={css.name}>{name}</code> <TypeOf schema={field} />
          {!schema.required?.includes(name) && <span className={css.muted}> · {docsWords.optional}</span>}
          {field.description !== undefined && <Prose text={field.description} />}
          {partsOf(field).map((part, index) => (
            <Fields key={index} schema={part} depth={depth + 1} />
          ))}
        </li>
      ))}
    </ul>
  )
}

/** The objects without a name inside a field. */
function partsOf(field: Schema): Schema[] {
  const inside = [field, ...(field.items ? [field.items] : []), ...(field.anyOf ?? field.oneOf ?? [])]
  return inside.filter(({ properties }) => properties !== undefined)
}
