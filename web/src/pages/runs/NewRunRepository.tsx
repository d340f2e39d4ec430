/** The first step of a new Run: the repository, and what the App may do there. */
import { Button, FormControl, Select, TextInput } from '@primer/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, RefObject } from 'react'

import type { RepositoryBody, VerifyBody } from '#contracts/browse.ts'

import { api, ProblemError } from '../../api.ts'
import { repositoryIn } from '../../lib/named.ts'
import { repositoryQuery } from '../../queries/browse.ts'
import { runChoicesQuery } from '../../queries/runs.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { repositoryWords } from '../../words/browse.ts'
import { newRunWords } from '../../words/new-run.ts'
import { AccessResult, verdict } from '../repository/VerifyAccess.tsx'
import css from './Runs.module.css'

const text = newRunWords.repository

/** A repository that GitHub was asked about. */
export interface Connected {
  /** As it was typed. */
  asked: string
  /** As it is called. */
  name: string
  repository: RepositoryBody
  access: VerifyBody
}

export interface RepositoryStepProps {
  field: RefObject<HTMLInputElement | null>
  typed: string
  onType: (text: string) => void
  connected: Connected | null
  onConnected: (found: Connected) => void
  complaint: string | null
  onComplain: (why: string) => void
}

export function RepositoryStep(props: RepositoryStepProps) {
  const { field, typed, onType, connected, onConnected, complaint, onComplain } = props
  const known = useQuery(runChoicesQuery).data?.repositories ?? []
  const name = repositoryIn(typed)
  const ask = useConnect(onConnected)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name === null) onComplain(text.unreadable)
    // The button is not disabled while it asks, because that would take the focus away.
    else if (!ask.isPending) ask.mutate(name)
  }
  const shown = connected !== null && connected.asked === name ? connected : null
  return (
    <form onSubmit={submit} className={css.dialog}>
      <FormControl>
        <FormControl.Label>{text.field}</FormControl.Label>
        <TextInput
          ref={field}
          block
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => onType(event.target.value)}
        />
        {complaint && <FormControl.Validation variant="error">{complaint}</FormControl.Validation>}
        <FormControl.Caption>{text.hint}</FormControl.Caption>
      </FormControl>
      {known.length > 0 && (
        <FormControl>
          <FormControl.Label>{text.known}</FormControl.Label>
          <Select
            block
            value={name !== null && known.includes(name) ? name : ''}
            onChange={(event) => onType(event.target.value)}
          >
            <Select.Option value="">{text.choose}</Select.Option>
            {known.map((each) => (
              <Select.Option key={each} value={each}>
                {each}
              </Select.Option>
            ))}
          </Select>
        </FormControl>
      )}
      <div>
        <Button type="submit">{ask.isPending ? text.sending : text.button}</Button>
      </div>
      {ask.error && name !== null && ask.variables === name && (
        <Problem title={failureOf(ask.error, name)} error={ask.error} />
      )}
      <p role="status">{shown && text.connected(shown.name, shown.repository.defaultBranch)}</p>
      {shown && <AccessResult result={shown.access} />}
    </form>
  )
}

function failureOf(error: Error, name: string): string {
  const missing = error instanceof ProblemError && error.status === 404
  return missing ? repositoryWords.notFound(name) : text.failed
}

function useConnect(onConnected: (found: Connected) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (asked: string): Promise<Connected> => {
      const [owner = '', repo = ''] = asked.split('/')
      const [access, repository] = await Promise.all([
        api.verify(owner, repo),
        client.fetchQuery(repositoryQuery(owner, repo)),
      ])
      return { asked, name: `${repository.repository.owner}/${repository.repository.name}`, repository, access }
    },
    onSuccess: (found) => {
      onConnected(found)
      announceNow(verdict(found.access))
    },
  })
}
