/** Assign to Agent: which agent, from which base, what to tell it; and if that is not possible now, why it is not. */
import { DependabotIcon } from '@primer/octicons-react'
import { Button, Checkbox, FormControl, Select, Textarea } from '@primer/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'

import { INSTRUCTIONS_CHARS_MAX } from '#contracts/api.ts'
import type { IssueBody } from '#contracts/issues.ts'

import { api, type IssueRef, ProblemError } from '../../api.ts'
import { newId } from '../../lib/id.ts'
import { repositoryQuery } from '../../queries/browse.ts'
import { issueQuery, takeRun } from '../../queries.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { words } from '../../words.ts'
import css from './AgentPanel.module.css'

export interface AssignFormProps {
  issue: IssueBody
  issueRef: IssueRef
  again: boolean
  /** Why no agent can be assigned now; null where one can. */
  whyNot: string | null
  onAssigned: (runId: string) => void
}

export function AssignForm({ issue, issueRef, again, whyNot, onAssigned }: AssignFormProps) {
  const [agent, setAgent] = useState(issue.agents[0] ?? '')
  const [instructions, setInstructions] = useState('')
  const [dryRun, setDryRun] = useState(false)
  const [touched, setTouched] = useState(false)
  const allowed = whyNot === null
  const assign = useAssign(issueRef, allowed, (runId) => {
    // They were for that Run; the next one may be told something else.
    setInstructions('')
    setDryRun(false)
    setTouched(false)
    onAssigned(runId)
  })
  const why = useId()
  const edit = (text: string) => {
    setInstructions(text)
    setTouched(true)
  }
  const send = () => {
    if (!allowed || assign.isPending) return
    const text = instructions.trim()
    assign.mutate({
      ...(agent ? { agent } : {}),
      ...(text ? { instructions: text } : {}),
      ...(dryRun ? { dryRun } : {}),
    })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  return (
    <form onSubmit={submit} className={css.form}>
      {assign.error && <Problem title={words.issue.assignFailed} error={assign.error} />}
      {/* What somebody is typing stays, also when another was quicker. */}
      {(allowed || touched) && <Instructions value={instructions} onChange={edit} onSend={send} />}
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
        {issue.agents.length > 1 && (
          <FormControl disabled={!allowed}>
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
        {allowed && <DryRun checked={dryRun} onChange={setDryRun} />}
        <StartsWith agents={issue.agents} issueRef={issueRef} />
        <p id={why} className={css.why}>
          {whyNot ?? (dryRun ? words.issue.readyDryRun : words.issue.ready)}
        </p>
      </div>
    </form>
  )
}

/** Only where it can be chosen: Primer draws the caption of a box that is disabled too pale to be read. */
function DryRun({ checked, onChange }: { checked: boolean; onChange: (is: boolean) => void }) {
  return (
    <FormControl>
      <Checkbox checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <FormControl.Label>{words.issue.dryRun}</FormControl.Label>
      <FormControl.Caption>{words.issue.dryRunHint}</FormControl.Caption>
    </FormControl>
  )
}

interface InstructionsProps {
  value: string
  onChange: (text: string) => void
  onSend: () => void
}

function Instructions({ value, onChange, onSend }: InstructionsProps) {
  return (
    <details className={css.more}>
      <summary>{words.issue.addInstructions}</summary>
      <FormControl>
        <FormControl.Label>{words.issue.instructions}</FormControl.Label>
        <Textarea
          block
          rows={3}
          resize="vertical"
          maxLength={INSTRUCTIONS_CHARS_MAX}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
            event.preventDefault()
            onSend()
          }}
        />
        <FormControl.Caption>{words.issue.instructionsHint}</FormControl.Caption>
      </FormControl>
    </details>
  )
}

/** The agent where there is but one, and the base as far as it is known: nothing waits for it. */
function StartsWith({ agents, issueRef }: { agents: readonly string[]; issueRef: IssueRef }) {
  const base = useQuery({ ...repositoryQuery(issueRef.owner, issueRef.repo), retry: false }).data?.defaultBranch
  const said = [agents.length === 1 && agents[0], base !== undefined && `${words.issue.base} ${base}`].filter(Boolean)
  return said.length === 0 ? null : <p className={css.with}>{said.join(' · ')}</p>
}

/** Repeats of one press carry the same key, so that a lost answer cannot start a second Run. */
function useAssign(ref: IssueRef, allowed: boolean, onAssigned: (runId: string) => void) {
  const client = useQueryClient()
  const key = useRef<{ body: string; id: string } | null>(null)
  const assign = useMutation({
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
      announceNow(words.issue.assigned)
      onAssigned(run.id)
    },
    onError: (error) => {
      // Someone else was quicker, or the rights changed: what the page says about the issue is out of date.
      if (error instanceof ProblemError && [403, 409].includes(error.status))
        void client.invalidateQueries(issueQuery(ref))
    },
  })
  const { reset } = assign
  useEffect(() => {
    // What came of an earlier press is told by the issue now, and the next press asks for another Run.
    reset()
    if (allowed) key.current = null
  }, [allowed, reset])
  return assign
}
