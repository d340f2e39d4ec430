/** What can be done with one Run of a list without opening it. */
import { KebabHorizontalIcon } from '@primer/octicons-react'
import { ActionList, ActionMenu, IconButton } from '@primer/react'
import { type RefObject, Suspense, useRef } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { CancelDialog } from '../../ui/CancelRun.tsx'
import { copy } from '../../ui/copy.ts'
import { useWhyNot } from '../../ui/Refusal.tsx'
import { isRetriable, RetryDialog } from '../../ui/RetryRun.tsx'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import { runsWords } from '../../words/runs.ts'

/** What was chosen in the menu of a row, and the button that it was opened with. */
export interface Asking {
  act: 'cancel' | 'retry'
  run: RunBody
  anchor: RefObject<HTMLElement | null>
}

export function RunRowMenu({ run, onAsk }: { run: RunBody; onAsk: (asking: Asking) => void }) {
  const anchor = useRef<HTMLButtonElement>(null)
  return (
    <ActionMenu anchorRef={anchor}>
      <ActionMenu.Anchor>
        <IconButton
          icon={KebabHorizontalIcon}
          size="small"
          variant="invisible"
          aria-label={runsWords.row.open(run.issue.title, `${run.repository.name}#${run.issue.number}`)}
        />
      </ActionMenu.Anchor>
      <ActionMenu.Overlay align="end">
        <Acts run={run} onAsk={(act) => onAsk({ act, run, anchor })} />
      </ActionMenu.Overlay>
    </ActionMenu>
  )
}

/** Stands beside the table: a row may leave it while somebody types a reason. */
export function RowDialog({ asking, onClose }: { asking: Asking; onClose: () => void }) {
  const dialog = { run: asking.run, onClose, returnFocusRef: asking.anchor }
  if (asking.act === 'cancel') return <CancelDialog {...dialog} />
  return (
    <Suspense>
      <RetryDialog {...dialog} />
    </Suspense>
  )
}

/** Only an open menu asks what the reader may do. */
function Acts({ run, onAsk }: { run: RunBody; onAsk: (act: Asking['act']) => void }) {
  const refusals = { cancel: useWhyNot(run, 'cancel'), retry: useWhyNot(run, 'retry') }
  const inactive = (act: keyof typeof refusals) => (refusals[act] === null ? {} : { inactiveText: refusals[act] })
  return (
    <ActionList>
      {!isTerminal(run.status) && !run.cancelRequested && (
        <ActionList.Item variant="danger" onSelect={() => onAsk('cancel')} {...inactive('cancel')}>
          {words.cancel.open}
        </ActionList.Item>
      )}
      {isRetriable(run) && (
        <ActionList.Item onSelect={() => onAsk('retry')} {...inactive('retry')}>
          {runTabWords.retry.open}
        </ActionList.Item>
      )}
      <ActionList.Item onSelect={() => copy(run.id)}>{words.run.copyId}</ActionList.Item>
      <ActionList.Item onSelect={() => copy(new URL(`/runs/${run.id}`, window.location.href).href)}>
        {words.run.copyLink}
      </ActionList.Item>
      <ActionList.LinkItem href={run.issue.url}>{words.run.onGitHub}</ActionList.LinkItem>
    </ActionList>
  )
}
