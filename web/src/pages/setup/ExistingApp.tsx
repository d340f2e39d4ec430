/** The other way through step 2: an App that somebody made by hand, by its values. */
import { Button, FormControl, Textarea, TextInput } from '@primer/react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'

import type { ConfiguredBody, SetupChoices } from '#contracts/setup.ts'

import { api } from '../../api.ts'
import { setupWords } from '../../words/setup.ts'
import { type AppField, complaintsOf } from './complaints.ts'
import { Refused } from './Refused.tsx'
import css from './Setup.module.css'

const text = setupWords.existing
const KEY_ROWS = 6
const fields = ['appId', 'webhookSecret', 'clientId', 'clientSecret'] as const
const secrets = new Set<string>(['webhookSecret', 'clientSecret'])
const empty: Record<AppField, string> = { appId: '', privateKey: '', webhookSecret: '', clientId: '', clientSecret: '' }

export interface ExistingAppProps {
  choices: SetupChoices
  /** Null while it is asked again. */
  onRefused: (error: Error | null) => void
  onConfigured: (app: ConfiguredBody) => void
}

export function ExistingApp({ choices, onRefused, onConfigured }: ExistingAppProps) {
  const [values, setValues] = useState(empty)
  const use = useMutation({
    mutationFn: api.setup.existing,
    onMutate: () => onRefused(null),
    onError: onRefused,
    onSuccess: onConfigured,
  })
  const complaints = complaintsOf(use.error).at
  const set = (name: AppField, value: string) => setValues({ ...values, [name]: value })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    use.mutate({ ...values, choices })
  }
  return (
    <details className={css.details}>
      <summary>{text.summary}</summary>
      <form className={css.form} onSubmit={submit}>
        {fields.map((name) => (
          <FormControl key={name} required>
            <FormControl.Label>{text[name]}</FormControl.Label>
            <TextInput
              type={secrets.has(name) ? 'password' : 'text'}
              autoComplete="off"
              value={values[name]}
              onChange={(event) => set(name, event.target.value)}
            />
            {complaints.has(text[name]) && (
              <FormControl.Validation variant="error">{complaints.get(text[name])}</FormControl.Validation>
            )}
          </FormControl>
        ))}
        <FormControl required>
          <FormControl.Label>{text.privateKey}</FormControl.Label>
          <Textarea
            block
            rows={KEY_ROWS}
            resize="vertical"
            value={values.privateKey}
            onChange={(event) => set('privateKey', event.target.value)}
          />
          {complaints.has(text.privateKey) && (
            <FormControl.Validation variant="error">{complaints.get(text.privateKey)}</FormControl.Validation>
          )}
        </FormControl>
        {use.error && <Refused title={text.failed} error={use.error} />}
        <Button type="submit" disabled={use.isPending}>
          {use.isPending ? text.busy : text.button}
        </Button>
      </form>
    </details>
  )
}
