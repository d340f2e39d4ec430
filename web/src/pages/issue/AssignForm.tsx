/** Assign to Agent: which agent, what to tell it, and if it is not possible now, the sentence that says why. */
import { DependabotIcon } from '@primer/octicons-react'
import { Button, FormControl, Select, Textarea } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useRef, useState } from 'react'

import { INSTRUCTIONS_CHARS_MAX, type IssueBody } from '#contracts/api.ts'

import { api, type IssueRef, ProblemError } from '../../api.ts'
import { newId } from '../../lib/id.ts'
import { issueQuery, takeRun } from '../../queries.ts'
import { announce } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { words } from '../../words.ts'
import css from './AgentPanel.module.css'

export interface AssignFormProps {
  issue: IssueBody
  issueRef: IssueRef
  again: boolean
  onAssigned: (runId: string) => void
}

export function AssignForm({ issue, issueRef, again, onAssigned }: AssignFormProps) {
  const [agent, setAgent] = useState(issue.agents[0] ?? '')
  const [instructions, setInstructions] = useState('')
  const assign = useAssign(issueRef, onAssigned)
  const why = useId()
  const { allowed } = issue.assign
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!allowed || assign.isPending) return
    const text = instructions.trim()
    assign.mutate({ ...(agent ? { agent } : {}), ...(text ? { instructions: text } : {}) })
  }
  return (
    <form onSubmit={submit} className={css.form}>
      {assign.error && <Problem title={words.issue.assignFailed} error={assign.error} />}
      {allowed && (
        <details className={css.more}>
          <summary>{words.issue.addInstructions}</summary>
          <FormControl>
            <FormControl.Label>{words.issue.instructions}</FormControl.Label>
            <Textarea
              block
              rows={3}
              resize="vertical"
              maxLength={INSTRUCTIONS_CHARS_MAX}
              value={instructions}
              onChange={(event) => setInstructions(event.target.value)}
            />
            <FormControl.Caption>{words.issue.instructionsHint}</FormControl.Caption>
          </FormControl>
        </details>
      )}
      <div className={css.row}>
        <Button
          type="submit"
          variant={again ? 'default' : 'primary'}
          leadingVisual={DependabotIcon}
          disabled={!allowed}
          aria-describedby={why}
        >
          {assign.isPending ? words.issue.assigning : words.issue.assign}
        </Button>
        {allowed && issue.agents.length > 1 && (
          <FormControl>
            <FormControl.Label visuallyHidden>{words.issue.agent}</FormControl.Label>
            <Select value={agent} onChange={(event) => setAgent(event.target.value)}>
              {issue.agents.map((name) => (
                <Select.Option key={name} value={name}>
                  {name}
                </Select.Option>
              ))}
            </Select>
          </FormControl>
        )}
        <p id={why} className={css.why}>
          {allowed ? words.issue.ready : issue.assign.why}
        </p>
      </div>
    </form>
  )
}

/** Repeats of one press carry the same key, so that a lost answer cannot start a second Run. */
function useAssign(ref: IssueRef, onAssigned: (runId: string) => void) {
  const client = useQueryClient()
  const key = useRef<{ body: string; id: string } | null>(null)
  return useMutation({
    mutationFn: (body: Parameters<typeof api.assign>[1]) => {
      const text = JSON.stringify(body)
      if (key.current?.body !== text) key.current = { body: text, id: newId() }
      return api.assign(ref, body, key.current.id)
    },
    onSuccess: (run) => {
      key.current = null
      const query = issueQuery(ref)
      client.setQueryData(
        query.queryKey,
        (issue) => issue && { ...issue, runs: [run, ...issue.runs.filter((other) => other.id !== run.id)] },
      )
      takeRun(client, run)
      void client.invalidateQueries({ queryKey: ['runs'] })
      announce(words.issue.assigned)
      onAssigned(run.id)
    },
    onError: (error) => {
      // Someone else was quicker, or the rights changed: what the page says about the issue is out of date.
      if (error instanceof ProblemError && [403, 409].includes(error.status))
        void client.invalidateQueries(issueQuery(ref))
    },
  })
}
