/** Asks GitHub what the App may do in the repository, and says it permission by permission. */
import { CheckCircleFillIcon, XCircleFillIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { useMutation } from '@tanstack/react-query'
import { useId } from 'react'

import type { RepositoryBody, VerifyBody } from '#contracts/browse.ts'

import { api } from '../../api.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import table from '../../ui/table.module.css'
import { Moment } from '../../ui/Time.tsx'
import { repositoryWords } from '../../words/browse.ts'
import css from './Repository.module.css'

const text = repositoryWords.verify

export interface VerifyAccessProps {
  start: RepositoryBody['start']
  params: { owner: string; repo: string }
}

export function VerifyAccess({ start, params }: VerifyAccessProps) {
  const why = useId()
  const verify = useMutation({
    mutationFn: () => api.verify(params.owner, params.repo),
    onSuccess: (result) => announceNow(verdict(result)),
  })
  return (
    <>
      <p>{text.lead}</p>
      <div className={css.action}>
        <Button
          disabled={!start.allowed}
          aria-describedby={start.allowed ? undefined : why}
          // Not disabled while it asks, because that would take the focus away.
          onClick={() => !verify.isPending && verify.mutate()}
        >
          {verify.isPending ? text.sending : text.button}
        </Button>
        {!start.allowed && (
          <span id={why} className={css.muted}>
            {start.why}
          </span>
        )}
      </div>
      {verify.error && <Problem title={text.failed} error={verify.error} />}
      {verify.data && <AccessResult result={verify.data} />}
    </>
  )
}

/** The result in one sentence. */
export function verdict({ ok, suspended, permissions }: VerifyBody): string {
  if (ok) return text.ok
  return suspended ? text.suspended : text.wrong(permissions.filter((each) => !each.ok).length)
}

/** The result, permission by permission. */
export function AccessResult({ result }: { result: VerifyBody }) {
  return (
    <div className={css.result} data-ok={result.ok}>
      <p>
        <strong>{verdict(result)}</strong>{' '}
        {!result.ok && (
          <a href={result.settingsUrl} className={css.link}>
            {text.fix}
          </a>
        )}
      </p>
      <div className={table.scroller} tabIndex={0} role="group" aria-label={text.table}>
        <table className={`${table.table} ${css.table}`} aria-label={text.table}>
          <thead>
            <tr>
              <th scope="col">{text.columns.name}</th>
              <th scope="col">{text.columns.needed}</th>
              <th scope="col">{text.columns.granted}</th>
              <th scope="col">{text.columns.result}</th>
            </tr>
          </thead>
          <tbody>
            {result.permissions.map(({ name, needed, granted, ok }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{needed}</td>
                <td>{granted}</td>
                <td className={css.verdict} data-ok={ok}>
                  {ok ? <CheckCircleFillIcon /> : <XCircleFillIcon />} {ok ? text.granted : text.missing}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={css.muted}>
        {text.checked} <Moment at={result.checkedAt} />
      </p>
    </div>
  )
}
