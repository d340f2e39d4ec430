/** What one agent is given to read, how much that is, and the documents that Deckhand keeps for all of them. */
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import type { AgentOnboardingBody } from '#contracts/onboarding.ts'

import { documentsQuery, onboardingQuery } from '../../queries/onboarding.ts'
import blank from '../../ui/blank.module.css'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import table from '../../ui/table.module.css'
import { words } from '../../words.ts'
import { agentsWords } from '../../words/browse.ts'
import { onboardingWords } from '../../words/onboarding.ts'
import { refusedPage } from '../messages.tsx'
import { AgentHead } from './AgentHead.tsx'
import { Documents } from './Documents.tsx'
import css from './Onboarding.module.css'
import { ReadingForm } from './ReadingForm.tsx'

const SKELETON_DELAY_MS = 150
const text = onboardingWords.sees

export function OnboardingPage() {
  const { name } = useParams({ from: '/agents/$name/onboarding' })
  const { data, error, refetch } = useQuery(onboardingQuery(name))
  const listed = useQuery(documentsQuery)
  const refused = data ? null : refusedPage(error, agentsWords.notFound(name))
  if (refused) return refused
  const failed = error ?? listed.error
  return (
    <>
      <AgentHead name={name} tab="onboarding" />
      {failed && (
        <Problem
          title={onboardingWords.failed}
          error={failed}
          onRetry={() => void Promise.all([refetch(), listed.refetch()])}
        />
      )}
      {!(data && listed.data) && !failed && (
        <div aria-busy="true" className={blank.loading}>
          <span className={blank.hidden}>{words.loading(onboardingWords.loading)}</span>
          <SkeletonBox height="240px" delay={SKELETON_DELAY_MS} />
        </div>
      )}
      {data && listed.data && (
        <div className={panel.sections}>
          <ReadingForm
            key={name}
            agent={name}
            given={data}
            documents={listed.data.documents.map((document) => document.name)}
          />
          <Sees given={data} />
          <Documents list={listed.data} />
        </div>
      )}
    </>
  )
}

function Sees({ given: { sees, tokens } }: { given: AgentOnboardingBody }) {
  return (
    <section aria-labelledby="sees" className={`${panel.section} ${css.section}`}>
      <h2 id="sees" className={panel.heading}>
        {text.title}
      </h2>
      {sees.length === 0 && <p className={css.muted}>{text.nothing}</p>}
      {sees.length > 0 && (
        <>
          <p className={css.muted}>{text.lead}</p>
          <div className={table.scroller} tabIndex={0} role="group" aria-label={text.table}>
            <table className={`${table.table} ${table.records}`} aria-label={text.table}>
              <thead>
                <tr>
                  <th scope="col">{text.columns.what}</th>
                  <th scope="col">{text.columns.from}</th>
                  <th scope="col">{text.columns.size}</th>
                  <th scope="col">{text.columns.tokens}</th>
                </tr>
              </thead>
              <tbody>
                {sees.map(({ ref, kind, version, bytes, tokens: each, atMost }) => (
                  <tr key={ref}>
                    <th scope="row" className={css.ref}>
                      {ref}
                      {version !== null && <span className={css.version}> {text.version(version)}</span>}
                    </th>
                    <td>{text.from[kind]}</td>
                    <td>{text.bytes(bytes, atMost)}</td>
                    <td>{text.tokens(each, atMost)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p>{text.sum(tokens)}</p>
        </>
      )}
    </section>
  )
}
