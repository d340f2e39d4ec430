/** Step 1: the address of this installation, and whether it leads here. */
import { CheckIcon, XIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { useQuery } from '@tanstack/react-query'

import { reachQuery } from '../../queries/setup.ts'
import { Problem } from '../../ui/Problem.tsx'
import { useAnnounced } from '../../ui/useAnnounced.ts'
import { setupWords } from '../../words/setup.ts'
import css from './Setup.module.css'

const text = setupWords.where

export function Where({ publicUrl }: { publicUrl: string }) {
  const { data, error, isFetching, refetch } = useQuery(reachQuery)
  useAnnounced(isFetching || !data ? null : data.reachable ? text.said.yes : text.said.no)
  return (
    <div className={css.form}>
      <p>
        {text.address}: <code>{publicUrl}</code>
      </p>
      <p className={css.muted}>{text.change}</p>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      <p className={css.row}>
        {isFetching && text.checking}
        {!isFetching && data && (
          <>
            <span className={data.reachable ? css.good : css.bad}>{data.reachable ? <CheckIcon /> : <XIcon />}</span>
            {data.detail}
          </>
        )}
      </p>
      {data && !data.reachable && <Button onClick={() => void refetch()}>{text.again}</Button>}
    </div>
  )
}
