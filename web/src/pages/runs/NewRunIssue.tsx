/** The last step of a new Run: the issue, and what else the agent is told. */
import { Checkbox, FormControl, Select, Textarea, TextInput } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import type { FormEvent, RefObject } from 'react'

import { INSTRUCTIONS_CHARS_MAX } from '#contracts/api.ts'

import { issueNumberIn } from '../../lib/named.ts'
import { issuesQuery } from '../../queries/browse.ts'
import { Problem } from '../../ui/Problem.tsx'
import { words } from '../../words.ts'
import { newRunWords } from '../../words/new-run.ts'
import type { Connected } from './NewRunRepository.tsx'
import css from './Runs.module.css'

const text = newRunWords.issue
const INSTRUCTIONS_ROWS = 3

/** What is asked for, as it was typed. */
export interface Wish {
  issue: string
  /** Empty for the default one. */
  agent: string
  instructions: string
  dryRun: boolean
}

export interface IssueStepProps {
  field: RefObject<HTMLInputElement | null>
  connected: Connected
  wish: Wish
  onWish: (wish: Wish) => void
  complaint: string | null
  /** Why no Run was started. */
  error: Error | null
  onSend: () => void
}

export function IssueStep({ field, connected, wish, onWish, complaint, error, onSend }: IssueStepProps) {
  const { name, repository } = connected
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSend()
  }
  return (
    <form onSubmit={submit} className={css.dialog}>
      {error && <Problem title={words.issue.assignFailed} error={error} />}
      <OpenIssues repository={name} chosen={wish.issue} onChoose={(issue) => onWish({ ...wish, issue })} />
      <FormControl>
        <FormControl.Label>{text.number}</FormControl.Label>
        <TextInput
          ref={field}
          autoComplete="off"
          inputMode="numeric"
          value={wish.issue}
          onChange={(event) => onWish({ ...wish, issue: event.target.value })}
        />
        {complaint && <FormControl.Validation variant="error">{complaint}</FormControl.Validation>}
      </FormControl>
      {repository.agents.length > 1 && (
        <FormControl>
          <FormControl.Label>{words.issue.agent}</FormControl.Label>
          <Select
            value={wish.agent || (repository.agents[0] ?? '')}
            onChange={(event) => onWish({ ...wish, agent: event.target.value })}
          >
            {repository.agents.map((each) => (
              <Select.Option key={each} value={each}>
                {each}
              </Select.Option>
            ))}
          </Select>
        </FormControl>
      )}
      <FormControl>
        <FormControl.Label>{words.issue.instructions}</FormControl.Label>
        <Textarea
          block
          rows={INSTRUCTIONS_ROWS}
          resize="vertical"
          maxLength={INSTRUCTIONS_CHARS_MAX}
          value={wish.instructions}
          onChange={(event) => onWish({ ...wish, instructions: event.target.value })}
        />
        <FormControl.Caption>{words.issue.instructionsHint}</FormControl.Caption>
      </FormControl>
      <FormControl>
        <Checkbox checked={wish.dryRun} onChange={(event) => onWish({ ...wish, dryRun: event.target.checked })} />
        <FormControl.Label>{words.issue.dryRun}</FormControl.Label>
        <FormControl.Caption>{words.issue.dryRunHint}</FormControl.Caption>
      </FormControl>
    </form>
  )
}

interface OpenIssuesProps {
  repository: string
  chosen: string
  onChoose: (issue: string) => void
}

/** Those that changed last; any other is named by its number. */
function OpenIssues({ repository, chosen, onChoose }: OpenIssuesProps) {
  const { data, error } = useQuery(issuesQuery({ repository }))
  if (!data) return error && <p className={css.detail}>{text.unread}</p>
  if (data.issues.length === 0) return null
  const number = issueNumberIn(chosen)
  return (
    <FormControl>
      <FormControl.Label>{text.open}</FormControl.Label>
      <Select
        block
        value={data.issues.some((each) => each.number === number) ? String(number) : ''}
        onChange={(event) => onChoose(event.target.value)}
      >
        <Select.Option value="">{text.choose}</Select.Option>
        {data.issues.map((each) => (
          <Select.Option key={each.number} value={String(each.number)}>
            {text.one(each.number, each.title)}
          </Select.Option>
        ))}
      </Select>
    </FormControl>
  )
}
