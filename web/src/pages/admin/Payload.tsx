/** What a webhook held. */
import { useQuery } from '@tanstack/react-query'

import { payloadQuery } from '../../queries/admin.ts'
import { Problem } from '../../ui/Problem.tsx'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'
import { Loading } from './Loading.tsx'

const text = adminWords.webhooks

export function Payload({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(payloadQuery(id))
  if (error) return <Problem title={text.payloadFailed} error={error} onRetry={() => void refetch()} />
  if (!data) return <Loading what={text.payloadLoading} />
  return (
    <>
      {data.truncated && <p className={css.note}>{text.truncated}</p>}
      <pre className={css.payload} tabIndex={0} role="region" aria-label={text.payloadOf(id)}>
        {data.payload}
      </pre>
    </>
  )
}
