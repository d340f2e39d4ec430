/**
 * Tells the agent something while it works, or does what a command names. What cannot be sent now stays as it was typed,
 * with its reason beside it.
 */
import { Button, FormControl, Textarea } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { MESSAGE_CHARS_MAX } from '#contracts/callbacks.ts'
import { isTerminal } from '#contracts/status.ts'

import { api } from '../../api.ts'
import { allCommands, type Command } from '../../commands/registry.ts'
import { newId } from '../../lib/id.ts'
import { takeRun } from '../../queries.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { useWhyNot } from '../../ui/Refusal.tsx'
import { StatusLabel } from '../../ui/StatusLabel.tsx'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'

const text = runTabWords.chat
/** The commands of a Run that the page offers, by the verbs that comments on GitHub know. */
const verbs: Readonly<Record<string, string>> = {
  cancel: 'run.cancel',
  kill: 'run.kill',
  pause: 'run.pause',
  resume: 'run.pause',
  retry: 'run.retry',
}

export function Composer({ run }: { run: RunBody }) {
  const [typed, setTyped] = useState('')
  const [complaint, setComplaint] = useState<string | null>(null)
  const { send, ...message } = useMessage(run, () => setTyped(''))
  const why = useId()
  const whyNot = useWhyNotNow(run)
  const isCommand = typed.startsWith('/')
  const offered = isCommand ? offeredNow(typed) : []
  const allowed = isCommand || (whyNot === null && typed.trim() !== '')
  const act = (command: Command) => {
    setTyped('')
    command.run()
  }
  const submit = () => {
    if (!allowed) return
    const [only] = offered
    if (!isCommand) send(typed.trim())
    else if (only && offered.length === 1) act(only)
    else setComplaint(text.noCommand(typed.trim()))
  }
  return (
    <form
      className={css.composer}
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        submit()
      }}
    >
      {message.error && <Problem title={text.sendFailed} error={message.error} />}
      <FormControl>
        <FormControl.Label>{text.message}</FormControl.Label>
        <Textarea
          block
          rows={2}
          resize="vertical"
          maxLength={MESSAGE_CHARS_MAX}
          aria-describedby={why}
          value={typed}
          onChange={(event) => {
            setComplaint(null)
            setTyped(event.target.value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
            event.preventDefault()
            submit()
          }}
        />
        {complaint !== null && <FormControl.Validation variant="error">{complaint}</FormControl.Validation>}
      </FormControl>
      {offered.length > 0 && <Offered commands={offered} onChoose={act} />}
      <div className={css.send}>
        <StatusLabel run={run} />
        <p id={why} className={css.why}>
          {whyNot ?? text.ready}
        </p>
        <Button type="submit" disabled={!allowed} aria-describedby={why}>
          {message.isPending ? text.sending : text.send}
        </Button>
      </div>
    </form>
  )
}

function Offered({ commands, onChoose }: { commands: readonly Command[]; onChoose: (command: Command) => void }) {
  return (
    <ul aria-label={text.commands} className={css.commands}>
      {commands.map((command) => (
        <li key={command.id}>
          <Button type="button" onClick={() => onChoose(command)}>
            {command.title}
          </Button>
        </li>
      ))}
    </ul>
  )
}

/** Why nothing can be told to the agent now; null where it can. */
function useWhyNotNow(run: RunBody): string | null {
  const refused = useWhyNot(run, 'prompt')
  if (isTerminal(run.status)) return text.ended
  if (run.cancelRequested) return text.stopping
  if (refused !== null) return refused
  if (run.status === 'queued') return text.queued
  return run.phase === 'publishing' ? text.publishing : run.whyUnheard
}

/** What the page offers of what was typed so far: `/`, `/pa`, `/agent pause`. */
function offeredNow(typed: string): Command[] {
  const word = typed
    .replace(/^\/(?:agent\s+)?/i, '')
    .trim()
    .toLowerCase()
  const ids = new Set(Object.entries(verbs).flatMap(([verb, id]) => (verb.startsWith(word) ? [id] : [])))
  return allCommands().filter(({ id }) => ids.has(id))
}

/** A press that is repeated after a lost answer has the same key, so that the agent is not told twice. */
function useMessage(run: RunBody, onSent: () => void) {
  const client = useQueryClient()
  const [last, setLast] = useState({ prompt: '', key: '' })
  const message = useMutation({
    mutationFn: (to: { prompt: string; key: string }) => api.prompt(run.id, to.prompt, to.key),
    onSuccess: (changed) => {
      setLast({ prompt: '', key: '' })
      takeRun(client, changed)
      announceNow(text.sent)
      onSent()
    },
  })
  const send = (prompt: string) => {
    if (message.isPending) return
    const next = last.prompt === prompt ? last : { prompt, key: newId() }
    setLast(next)
    message.mutate(next)
  }
  return { send, error: message.error, isPending: message.isPending }
}
