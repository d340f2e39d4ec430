/** The programs that may use the API, for admins to see; nobody can change them here. */
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'

import { apiTokensQuery } from '../../queries/settings.ts'
import blank from '../../ui/blank.module.css'
import { Problem } from '../../ui/Problem.tsx'
import table from '../../ui/table.module.css'
import { words } from '../../words.ts'
import { settingsWords } from '../../words/settings.ts'
import css from './Settings.module.css'

const SKELETON_DELAY_MS = 150
const text = settingsWords.tokens

export function Tokens({ admin }: { admin: boolean }) {
  const { data, error, refetch } = useQuery({ ...apiTokensQuery, enabled: admin })
  if (!admin) return <p className={css.muted}>{text.admins}</p>
  return (
    <>
      <p>{text.lead}</p>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && (
        <div aria-busy="true">
          <span className={blank.hidden}>{words.loading(text.loading)}</span>
          <SkeletonBox height="32px" delay={SKELETON_DELAY_MS} />
        </div>
      )}
      {data?.tokens.length === 0 && <p className={css.muted}>{text.none}</p>}
      {data && data.tokens.length > 0 && (
        <div className={`${table.scroller} ${css.scroller}`}>
          <table className={`${table.table} ${table.records}`} aria-label={text.table}>
            <thead>
              <tr>
                <th scope="col">{text.columns.name}</th>
                <th scope="col">{text.columns.repositories}</th>
                <th scope="col">{text.columns.role}</th>
              </tr>
            </thead>
            <tbody>
              {data.tokens.map(({ name, repositories, role }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <code>{repositories}</code>
                  </td>
                  <td>{text.roles[role]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
