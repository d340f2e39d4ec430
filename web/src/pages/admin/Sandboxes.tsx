/** Sandboxes as the provider lists them beside their Runs; the orphans stand out, and each can be ended. */
import { Button, Label } from '@primer/react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import type { ListedSandbox, SandboxList } from '#contracts/admin.ts'

import { usePausable } from '../../live/paused.ts'
import { orders, sandboxesQuery, type Scope } from '../../queries/admin.ts'
import blank from '../../ui/blank.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { StopDialog } from '../../ui/StopDialog.tsx'
import { Moment } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'
import { Loading } from './Loading.tsx'
import { RecordTable } from './RecordTable.tsx'
import { useLiveAdmin } from './useLiveAdmin.ts'

const text = adminWords.sandboxes
const { columns } = text
const variants = {
  in_use: 'accent',
  ending: 'secondary',
  starting: 'secondary',
  orphaned: 'danger',
  unlisted: 'attention',
} as const

export function Sandboxes({ scope }: { scope: Scope }) {
  const { data, error, refetch } = useQuery(usePausable(sandboxesQuery(scope)))
  useLiveAdmin('sandboxes')
  return (
    <>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {data && (
        <>
          <p className={css.note}>{data.reach === 'runner' ? text.runner : text.lead(data.provider)}</p>
          {!data.complete && <p className={css.note}>{text.incomplete}</p>}
          {data.sandboxes.length === 0 ? <p className={blank.nothing}>{text.empty}</p> : <Table list={data} />}
        </>
      )}
    </>
  )
}

function Table({ list }: { list: SandboxList }) {
  const client = useQueryClient()
  const [asked, setAsked] = useState<(ListedSandbox & { id: string }) | null>(null)
  return (
    <>
      <RecordTable label={text.table} columns={columns}>
        {list.sandboxes.map((sandbox) => (
          <Row key={sandbox.id ?? sandbox.run?.id} sandbox={sandbox} onKill={setAsked} />
        ))}
      </RecordTable>
      {asked && (
        <StopDialog
          words={words.kill}
          reasonMissing={words.kill.reasonMissing}
          send={async (reason) => {
            await orders.killSandbox(asked.id, reason)
            void client.invalidateQueries({ queryKey: ['admin', 'sandboxes'] })
            return null
          }}
          onClose={() => setAsked(null)}
        >
          {words.kill.lost}
          {asked.run && asked.state === 'in_use' && text.takesRun(asked.run.id)}
        </StopDialog>
      )}
    </>
  )
}

interface RowProps {
  sandbox: ListedSandbox
  onKill: (sandbox: ListedSandbox & { id: string }) => void
}

function Row({ sandbox, onKill }: RowProps) {
  const { id, state, run, startedAt, endsAt } = sandbox
  return (
    <tr>
      <td>
        <Label variant={variants[state]}>{text.states[state]}</Label>
      </td>
      <th scope="row">{id === null ? text.noId : <code>{id}</code>}</th>
      <td>
        {run ? (
          <>
            <Link to="/runs/$id" params={{ id: run.id }} className={css.link}>
              {run.title}
            </Link>
            <span className={css.detail}>
              {run.repository}#{run.issue} · {run.view.word}
            </span>
          </>
        ) : (
          <span className={css.none}>{text.noRun}</span>
        )}
      </td>
      <td>{startedAt === null ? text.noEnd : <Moment at={startedAt} />}</td>
      <td>{endsAt === null ? text.noEnd : <Moment at={endsAt} />}</td>
      <td>
        {id !== null && state !== 'unlisted' && (
          <Button size="small" variant="danger" onClick={() => onKill({ ...sandbox, id })}>
            {text.open}
            <span className={blank.hidden}> {text.openOf(id)}</span>
          </Button>
        )}
      </td>
    </tr>
  )
}
