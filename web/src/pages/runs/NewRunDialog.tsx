/** Starts a Run from the list in three steps: in which repository, where and how it works, and on which issue. */
import { Dialog } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type RefObject, useEffect, useRef, useState } from 'react'

import type { AssignRequest } from '#contracts/api.ts'

import { api, type IssueRef } from '../../api.ts'
import { newId } from '../../lib/id.ts'
import { issueNumberIn, repositoryIn } from '../../lib/named.ts'
import { takeRun } from '../../queries.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { confirmKey } from '../../ui/ConfirmDialog.tsx'
import panel from '../../ui/panel.module.css'
import { words } from '../../words.ts'
import { newRunWords as text } from '../../words/new-run.ts'
import { IssueStep, type Wish } from './NewRunIssue.tsx'
import { KindsStep } from './NewRunKinds.tsx'
import { type Connected, RepositoryStep } from './NewRunRepository.tsx'
import css from './Runs.module.css'

const LAST = text.steps.length - 1
const noWish: Wish = { issue: '', agent: '', instructions: '', dryRun: false }

export function NewRunDialog({ onClose }: { onClose: () => void }) {
  const { step, go, heading } = useSteps()
  const field = useRef<HTMLInputElement>(null)
  const { typed, connected, wish, complaint, ...asked } = useAsked(field)
  const start = useStart()
  const navigate = useNavigate()
  // Once it is started, its page is on its way.
  const starting = start.isPending || start.isSuccess
  const move = (to: number) => {
    asked.complain(null)
    go(to)
  }
  const send = () => {
    const number = issueNumberIn(wish.issue)
    if (!connected || number === null) asked.complain(text.issue.missing)
    // Who has closed the dialog meanwhile stays where they are.
    else if (!starting) {
      start.mutate(orderOf(connected, number, wish), {
        onSuccess: ({ id }) => void navigate({ to: '/runs/$id', params: { id } }),
      })
    }
  }
  const next = () => {
    if (!connected || connected.asked !== repositoryIn(typed)) asked.complain(text.repository.unverified)
    else if (step < LAST) move(step + 1)
    else send()
  }
  const shared = { field, complaint }
  return (
    <div onKeyDownCapture={confirmKey(next)}>
      <Dialog
        title={text.title}
        onClose={onClose}
        initialFocusRef={field}
        footerButtons={[
          ...(step > 0 ? [{ content: text.back, onClick: () => move(step - 1) }] : []),
          { content: labelOf(step, starting), buttonType: 'primary', onClick: next },
        ]}
      >
        <div className={css.dialog}>
          <h2 ref={heading} tabIndex={-1} data-quiet-focus="" className={panel.heading}>
            {text.step(step + 1, text.steps.length, text.steps[step] ?? '')}
          </h2>
          {step === 0 && (
            <RepositoryStep
              {...shared}
              typed={typed}
              onType={asked.type}
              connected={connected}
              onConnected={asked.connect}
              onComplain={asked.complain}
            />
          )}
          {step === 1 && connected && <KindsStep connected={connected} onNext={next} />}
          {step === LAST && connected && (
            <IssueStep
              {...shared}
              connected={connected}
              wish={wish}
              onWish={asked.wishFor}
              error={start.error}
              onSend={next}
            />
          )}
        </div>
      </Dialog>
    </div>
  )
}

/** What was asked for so far; it stays while one goes back and forth. */
function useAsked(field: RefObject<HTMLInputElement | null>) {
  const [typed, setTyped] = useState('')
  const [connected, setConnected] = useState<Connected | null>(null)
  const [wish, setWish] = useState(noWish)
  const [complaint, setComplaint] = useState<string | null>(null)
  return {
    typed,
    connected,
    wish,
    complaint,
    /** Says what the step's field lacks, and goes there; null takes it back. */
    complain: (why: string | null) => {
      setComplaint(why)
      if (why !== null) field.current?.focus()
    },
    type: (text: string) => {
      setComplaint(null)
      setTyped(text)
    },
    wishFor: (next: Wish) => {
      setComplaint(null)
      setWish(next)
    },
    connect: (found: Connected) => {
      // Somebody went on with another one while this was asked for.
      if (found.asked !== repositoryIn(typed)) return
      setComplaint(null)
      setConnected(found)
      // What was chosen in another repository means nothing in this one.
      if (found.name !== connected?.name) setWish((known) => ({ ...known, issue: '', agent: '' }))
    },
  }
}

/** The focus goes to the name of the step that follows another: it is read, and the button that was pressed is another. */
function useSteps() {
  const [step, setStep] = useState(0)
  const heading = useRef<HTMLHeadingElement>(null)
  const moved = useRef(false)
  useEffect(() => {
    if (moved.current) heading.current?.focus()
  }, [step])
  const go = (to: number) => {
    moved.current = true
    setStep(to)
  }
  return { step, go, heading }
}

function labelOf(step: number, starting: boolean): string {
  if (step < LAST) return text.next
  return starting ? text.starting : text.start
}

interface Order {
  ref: IssueRef
  body: AssignRequest
}

function orderOf({ repository }: Connected, number: number, wish: Wish): Order {
  const { owner, name } = repository.repository
  const agent = wish.agent || repository.agents[0]
  const instructions = wish.instructions.trim()
  return {
    ref: { owner, repo: name, number },
    body: {
      ...(agent ? { agent } : {}),
      ...(instructions ? { instructions } : {}),
      ...(wish.dryRun ? { dryRun: true } : {}),
    },
  }
}

/** Repeats of one order carry the same key, so that a lost answer cannot start a second Run. */
function useStart() {
  const client = useQueryClient()
  const key = useRef<{ order: string; id: string } | null>(null)
  return useMutation({
    mutationFn: ({ ref, body }: Order) => {
      const order = JSON.stringify([ref, body])
      if (key.current?.order !== order) key.current = { order, id: newId() }
      return api.assign(ref, body, key.current.id)
    },
    onSuccess: (run) => {
      takeRun(client, run)
      // The list is read anew when somebody comes back to it; until then it would only speak of one new Run.
      void client.invalidateQueries({ queryKey: ['runs'], refetchType: 'none' })
      announceNow(words.issue.assigned)
    },
  })
}
