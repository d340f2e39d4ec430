/** Step 2: what the App is called, whose it is, what it asks for; then the browser posts the manifest to GitHub. */
import { Button, Checkbox, FormControl, Radio, RadioGroup, TextInput } from '@primer/react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'

import { APP_NAME_CHARS_MAX, type ManifestForm, type SetupChoices } from '#contracts/setup.ts'

import { api } from '../../api.ts'
import { setupWords } from '../../words/setup.ts'
import type { Facts } from '../SetupPage.tsx'
import { Refused } from './Refused.tsx'
import css from './Setup.module.css'

const text = setupWords.create
const ORGANIZATION = 'organization'
const PUBLIC = 'public'

export interface CreateAppProps {
  facts: Facts
  choices: SetupChoices
  /** Null while it is asked again. */
  onRefused: (error: Error | null) => void
}

export function CreateApp({ facts, choices, onRefused }: CreateAppProps) {
  const [name, setName] = useState(facts.name)
  const [owner, setOwner] = useState('account')
  const [organization, setOrganization] = useState('')
  const [visibility, setVisibility] = useState('private')
  const [workflows, setWorkflows] = useState(false)
  const [showValues, setShowValues] = useState(false)
  const begin = useMutation({ mutationFn: api.setup.manifest, onMutate: () => onRefused(null), onError: onRefused })
  const ofOrganization = owner === ORGANIZATION
  const submit = (event: FormEvent) => {
    event.preventDefault()
    begin.mutate({
      name,
      organization: ofOrganization ? organization : null,
      public: visibility === PUBLIC,
      workflows,
      showValues,
      choices,
    })
  }
  return (
    <>
      <form className={css.form} onSubmit={submit}>
        <RadioGroup name="owner" onChange={(value) => setOwner(value ?? 'account')}>
          <RadioGroup.Label>{text.owner}</RadioGroup.Label>
          <Choice value="account" label={text.account} checked={!ofOrganization} />
          <Choice value={ORGANIZATION} label={text.organization} checked={ofOrganization} />
        </RadioGroup>
        {ofOrganization && (
          <FormControl required>
            <FormControl.Label>{text.organizationName}</FormControl.Label>
            <TextInput value={organization} onChange={(event) => setOrganization(event.target.value)} />
          </FormControl>
        )}
        <FormControl required>
          <FormControl.Label>{text.name}</FormControl.Label>
          <TextInput value={name} maxLength={APP_NAME_CHARS_MAX} onChange={(event) => setName(event.target.value)} />
          <FormControl.Caption>{text.nameHint}</FormControl.Caption>
        </FormControl>
        <Permissions facts={facts} />
        <RadioGroup name="visibility" onChange={(value) => setVisibility(value ?? 'private')}>
          <RadioGroup.Label>{text.visibility}</RadioGroup.Label>
          <Choice value="private" label={text.private} checked={visibility !== PUBLIC} />
          <Choice value={PUBLIC} label={text.public} checked={visibility === PUBLIC} />
        </RadioGroup>
        <Tick label={text.workflows} hint={text.workflowsHint} checked={workflows} onChange={setWorkflows} />
        <Tick label={text.showValues} hint={text.showValuesHint} checked={showValues} onChange={setShowValues} />
        {begin.error && <Refused title={text.failed} error={begin.error} />}
        <Button type="submit" variant="primary" disabled={begin.isPending || begin.isSuccess}>
          {begin.isPending || begin.isSuccess ? text.busy : text.button(new URL(facts.githubUrl).host)}
        </Button>
      </form>
      {begin.data && <ToGitHub form={begin.data} />}
    </>
  )
}

function Choice({ value, label, checked }: { value: string; label: string; checked: boolean }) {
  return (
    <FormControl>
      <Radio value={value} checked={checked} onChange={() => {}} />
      <FormControl.Label>{label}</FormControl.Label>
    </FormControl>
  )
}

interface TickProps {
  label: string
  hint: string
  checked: boolean
  onChange: (checked: boolean) => void
}

function Tick({ label, hint, checked, onChange }: TickProps) {
  return (
    <FormControl>
      <Checkbox checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <FormControl.Label>{label}</FormControl.Label>
      <FormControl.Caption>{hint}</FormControl.Caption>
    </FormControl>
  )
}

function Permissions({ facts: { permissions, events } }: { facts: Facts }) {
  return (
    <div>
      <p>
        {text.asks}: {permissions.map(({ name, level }) => `${name} (${text.levels[level]})`).join(', ')}.
      </p>
      <details className={css.details}>
        <summary>{text.why}</summary>
        <ul className={css.permissions}>
          {permissions.map(({ name, level, why }) => (
            <li key={name}>
              <code>
                {name}: {level}
              </code>{' '}
              {why}
            </li>
          ))}
        </ul>
        <p className={css.muted}>{text.events(events.join(', '))}</p>
      </details>
    </div>
  )
}

/** A form of its own that leaves at once: the manifest may only be posted by the person's browser. */
function ToGitHub({ form }: { form: ManifestForm }) {
  const element = useRef<HTMLFormElement>(null)
  useEffect(() => element.current?.submit(), [])
  return (
    <form ref={element} method="post" action={form.action} hidden>
      <input type="hidden" name="manifest" value={form.manifest} />
    </form>
  )
}
