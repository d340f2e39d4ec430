/** The API description as a page to read: every operation with its parameters, its body, its answers and an example. */
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'

import { apiDescriptionQuery } from '../queries.ts'
import head from '../ui/head.module.css'
import { Loading } from '../ui/Loading.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import { words } from '../words.ts'
import { docsWords } from '../words/docs.ts'
import { type ApiDescription, sectionsOf } from './docs/description.ts'
import css from './docs/Docs.module.css'
import { OperationView } from './docs/OperationView.tsx'
import { Prose } from './docs/Prose.tsx'
import { Fields, TypeOf } from './docs/SchemaView.tsx'

export function ApiDocsPage() {
  const { data, error, refetch } = useQuery(apiDescriptionQuery)
  const { hash } = useLocation()
  useEffect(() => {
    // The place that the address names is there only now.
    if (data && hash) document.getElementById(hash)?.scrollIntoView()
  }, [data, hash])
  return (
    <div className={css.page}>
      <PageTitle tab={`${docsWords.title} · ${words.product}`} className={head.title}>
        {docsWords.title}
      </PageTitle>
      <p className={css.lead}>
        {docsWords.lead} <a href="/api/openapi.json">{docsWords.raw}</a>
      </p>
      {error && <Problem title={docsWords.failed} error={error} onRetry={() => void refetch()} />}
      {data ? <Description description={data} /> : !error && <Loading what={docsWords.loading} />}
    </div>
  )
}

function Description({ description }: { description: ApiDescription }) {
  const sections = sectionsOf(description)
  return (
    <>
      <Prose text={description.info.description} />
      <nav aria-label={docsWords.contents} className={css.contents}>
        {sections.map(({ name, description: title, operations }) => (
          <div key={name}>
            <a href={`#tag-${name}`}>{title}</a>
            <ul>
              {operations.map(({ operationId, method, path }) => (
                <li key={operationId}>
                  <a href={`#${operationId}`}>
                    {method} {path}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
        <a href="#schemas">{docsWords.schemas}</a>
      </nav>
      {sections.map(({ name, description: title, operations }) => (
        <section key={name} aria-labelledby={`tag-${name}`}>
          <h2 id={`tag-${name}`} className={css.heading}>
            {title}
          </h2>
          {operations.map((operation) => (
            <OperationView key={operation.operationId} operation={operation} />
          ))}
        </section>
      ))}
      <h2 id="schemas" className={css.heading}>
        {docsWords.schemas}
      </h2>
      {Object.entries(description.components.schemas).map(([name, schema]) => (
        <section key={name} id={`schema-${name}`} aria-label={name} className={css.operation}>
          <h3 className={css.path}>
            <code>{name}</code>
          </h3>
          <p>
            <TypeOf schema={schema} />
          </p>
          <Fields schema={schema} />
        </section>
      ))}
    </>
  )
}
