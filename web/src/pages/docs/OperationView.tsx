/** One operation of the API: what it takes, how to ask, and every answer that it may give. */
import { Label } from '@primer/react'
import { type ReactNode, useId } from 'react'

import { docsWords } from '../../words/docs.ts'
import { accessOf, curlOf, type Placed } from './description.ts'
import css from './Docs.module.css'
import { Prose } from './Prose.tsx'
import { Fields, TypeOf } from './SchemaView.tsx'

export function OperationView({ operation }: { operation: Placed }) {
  const { operationId, method, path, summary, description, deprecated, parameters, requestBody } = operation
  const heading = useId()
  const curl = curlOf(operation, window.location.origin)
  return (
    <section id={operationId} aria-labelledby={heading} className={css.operation}>
      <h3 id={heading} className={css.path}>
        <span className={css.method} data-method={method}>
          {method}
        </span>{' '}
        <code>{path}</code>
      </h3>
      <p>
        {summary}. {docsWords.access[accessOf(operation)]}.{' '}
        {deprecated && <Label variant="attention">{docsWords.alias}</Label>}
      </p>
      {description !== undefined && <Prose text={description} />}
      {parameters.length > 0 && (
        <Part title={docsWords.parameters}>
          <ul className={css.fields}>
            {parameters.map(({ name, in: where, required, schema, description: text }) => (
              <li key={`${where} ${name}`}>
                <code className={css.name}>{name}</code> <TypeOf schema={schema} />
                <span className={css.muted}>
                  {' '}
                  · {where} · {required ? docsWords.required : docsWords.optional}
                </span>
                {text !== undefined && <Prose text={text} />}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {requestBody && (
        <Part title={docsWords.body}>
          {requestBody.description !== undefined && <Prose text={requestBody.description} />}
          {Object.entries(requestBody.content).map(([type, { schema }]) => (
            <div key={type}>
              <p>
                <code>{type}</code>: <TypeOf schema={schema} />
              </p>
              <Fields schema={schema} />
            </div>
          ))}
        </Part>
      )}
      {curl !== null && (
        <Part title={docsWords.example}>
          <pre className={css.code}>{curl}</pre>
        </Part>
      )}
      <Answers operation={operation} />
    </section>
  )
}

function Answers({ operation: { responses } }: { operation: Placed }) {
  return (
    <Part title={docsWords.answers}>
      <ul className={css.fields}>
        {Object.entries(responses).map(([status, { description, content }]) => (
          <li key={status}>
            <code className={css.name}>{status}</code>{' '}
            {/* Refusals all have the same body, which the page says once. */}
            {Number(status) < 400 &&
              Object.entries(content ?? {}).map(([type, { schema }]) => (
                <span key={type}>
                  <code>{type}</code> <TypeOf schema={schema} />{' '}
                </span>
              ))}
            <Prose text={description} className={css.muted} />
          </li>
        ))}
      </ul>
    </Part>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <h4 className={css.part}>{title}</h4>
      {children}
    </>
  )
}
