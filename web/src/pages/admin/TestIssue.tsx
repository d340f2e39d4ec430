/** The last step of set-up: an issue of our own, and the stub agent on it. */
import { Button, FormControl, Link as Away, Select } from '@primer/react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useState } from 'react'

import { api } from '../../api.ts'
import { newId } from '../../lib/id.ts'
import { issuesQuery } from '../../queries/browse.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { words } from '../../words.ts'
import { checksWords } from '../../words/checks.ts'
import css from '../ChecksPage.module.css'

const text = checksWords.test

export function TestIssue() {
  const [title, why] = [useId(), useId()]
  const repositories = useQuery(issuesQuery({})).data?.repositories
  const [chosen, setChosen] = useState<string | null>(null)
  const [key, setKey] = useState(newId)
  const repository = chosen ?? repositories?.[0]
  const test = useMutation({
    mutationFn: (name: string) => api.openTestIssue(name, key),
    onSuccess: ({ issue }) => {
      // What was done is done; the next press is another test.
      setKey(newId())
      announceNow(text.done(issue.number))
    },
  })
  const none = repositories?.length === 0
  return (
    <section aria-labelledby={title} className={css.test}>
      <h2 id={title} className={panel.heading}>
        {text.title}
      </h2>
      <p>{text.text}</p>
      {test.error && <Problem title={text.failed} error={test.error} />}
      <FormControl disabled={!repository}>
        <FormControl.Label>{text.repository}</FormControl.Label>
        <Select
          value={repository ?? ''}
          onChange={({ target }) => {
            setChosen(target.value)
            // For another repository it is another request.
            setKey(newId())
          }}
        >
          {(repositories ?? []).map((name) => (
            <Select.Option key={name} value={name}>
              {name}
            </Select.Option>
          ))}
        </Select>
      </FormControl>
      <Button
        inactive={!repository}
        {...(none ? { 'aria-describedby': why } : {})}
        onClick={() => repository && !test.isPending && test.mutate(repository)}
      >
        {test.isPending ? text.sending : text.button}
      </Button>
      {none && <p id={why}>{text.none}</p>}
      {test.data && (
        <p>
          <Away href={test.data.issue.url} inline>
            {text.issue(test.data.issue.number)} {words.external}
          </Away>{' '}
          <Link to="/runs/$id" params={{ id: test.data.run.id }} className={css.run}>
            {text.run}
          </Link>
        </p>
      )}
    </section>
  )
}
