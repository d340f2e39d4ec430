/** Killing all live Runs: it lists them, and has to be typed, so that nobody does it by a wrong click. */
import { Button, FormControl, TextInput } from '@primer/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'

import type { RunList } from '#contracts/api.ts'

import type { RunFilter } from '../../api.ts'
import { useLiveRuns } from '../../live/hooks.ts'
import { orders, type Scope } from '../../queries/admin.ts'
import { runsQuery, takeRun } from '../../queries.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'

/** As many as one page of the API holds; with more, the count says so. */
const LISTED_MAX = 100
const text = adminWords.killAll

export const liveFilter = (scope: Scope): RunFilter => ({
  status: 'queued,running,paused',
  limit: LISTED_MAX,
  ...(scope === undefined ? {} : { repository: scope }),
})

/** Those that have just ended leave the list with its next reading; they are not under way any more. */
export const underWay = (list: RunList): RunList => ({
  ...list,
  runs: list.runs.filter(({ endedAt }) => endedAt === null),
})

export const countOf = ({ runs, next }: RunList): string => `${runs.length}${next === null ? '' : '+'}`

export function KillAll({ scope }: { scope: Scope }) {
  const why = useId()
  const [open, setOpen] = useState(false)
  const filter = liveFilter(scope)
  const { data, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  const list = data && underWay(data)
  const none = list?.runs.length === 0
  return (
    <div className={css.killAll}>
      <Button
        variant="danger"
        onClick={() => setOpen(true)}
        disabled={!list || none}
        {...(none ? { 'aria-describedby': why } : {})}
      >
        {text.open}
      </Button>
      {none && !open && (
        <span id={why} className={css.detail}>
          {text.none}
        </span>
      )}
      {open && list && <KillAllDialog scope={scope} list={list} onClose={() => setOpen(false)} />}
    </div>
  )
}

interface KillAllDialogProps {
  scope: Scope
  list: RunList
  onClose: () => void
}

function KillAllDialog({ scope, list, onClose }: KillAllDialogProps) {
  const client = useQueryClient()
  const [typed, setTyped] = useState('')
  const [mismatch, setMismatch] = useState(false)
  const count = countOf(list)
  const kill = useMutation({
    mutationFn: () => orders.killAll(scope),
    onSuccess: ({ runs, failed }) => {
      for (const run of runs) takeRun(client, run)
      void client.invalidateQueries({ queryKey: ['admin'] })
      if (failed.length > 0) return
      announceNow(text.done(String(runs.length)))
      onClose()
    },
  })
  const confirm = () => {
    const fits = typed.trim().toLowerCase() === text.phrase
    setMismatch(!fits)
    if (fits && !kill.isPending) kill.mutate()
  }
  const left = kill.data?.failed.length ?? 0
  return (
    <ConfirmDialog
      title={text.title(count)}
      keep={text.keep}
      confirm={{ content: kill.isPending ? text.sending : text.confirm(count), buttonType: 'danger' }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <div className={css.dialog}>
        <p>
          {scope === undefined && `${text.pauses} `}
          {text.before}
          <code>{text.phrase}</code>
          {text.after}
        </p>
        {kill.error && <Problem title={text.failed} error={kill.error} />}
        {left > 0 && <p role="alert">{text.left(String(left))}</p>}
        <ul aria-label={text.list} className={css.list} tabIndex={0}>
          {list.runs.map(({ id, issue, repository }) => (
            <li key={id}>
              {issue.title}{' '}
              <span className={css.detail}>
                {repository.name}#{issue.number} · {id}
              </span>
            </li>
          ))}
        </ul>
        <FormControl required>
          <FormControl.Label>{text.field}</FormControl.Label>
          <TextInput block autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
          {mismatch && <FormControl.Validation variant="error">{text.mismatch}</FormControl.Validation>}
        </FormControl>
      </div>
    </ConfirmDialog>
  )
}
