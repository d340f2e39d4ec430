/** The onboarding document and the context packs of one agent: shown to everybody, changed by admins. */
import { Button, FormControl, TextInput } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'

import { type AgentOnboardingBody, CONTEXT_PACKS_MAX, REF_CHARS_MAX } from '#contracts/onboarding.ts'

import { onboardingQuery, type ReadingDraft, saveOnboarding } from '../../queries/onboarding.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { onboardingWords } from '../../words/onboarding.ts'
import css from './Onboarding.module.css'
import { PackList } from './PackList.tsx'

const text = onboardingWords.reading

export interface ReadingFormProps {
  agent: string
  given: AgentOnboardingBody
  /** Names of Deckhand's documents, to choose from. */
  documents: readonly string[]
}

const draftOf = ({ onboardingDocRef, contextPacks, version }: AgentOnboardingBody): ReadingDraft => ({
  onboardingDocRef,
  contextPacks,
  version,
})

export function ReadingForm({ agent, given, documents }: ReadingFormProps) {
  const title = useId()
  const choices = useId()
  // What is being changed stays, whatever comes from the server; its version tells whether it still fits.
  const [draft, setDraft] = useState<ReadingDraft>(() => draftOf(given))
  const { save, reload } = useSaving(agent, setDraft)
  const { allowed, why } = given.edit
  const dirty = JSON.stringify(draft) !== JSON.stringify({ ...draftOf(given), version: draft.version })
  const change = (over: Partial<ReadingDraft>) => {
    save.reset()
    setDraft({ ...draft, ...over })
  }
  return (
    <section aria-labelledby={title} className={`${panel.section} ${css.section}`}>
      <h2 id={title} className={panel.heading}>
        {text.title}
      </h2>
      <p className={css.muted}>{text.lead}</p>
      {!allowed && <p>{why}</p>}
      <datalist id={choices}>
        {documents.map((name) => (
          <option key={name} value={`deckhand:${name}`} />
        ))}
      </datalist>
      {allowed ? (
        <form
          className={css.form}
          onSubmit={(event: FormEvent) => {
            event.preventDefault()
            if (dirty) save.mutate(draft)
          }}
        >
          <FormControl>
            <FormControl.Label>{text.document}</FormControl.Label>
            <TextInput
              block
              list={choices}
              maxLength={REF_CHARS_MAX}
              value={draft.onboardingDocRef ?? ''}
              onChange={({ target: { value } }) => change({ onboardingDocRef: value.trim() || null })}
            />
            <FormControl.Caption>{text.documentHint}</FormControl.Caption>
          </FormControl>
          <h3 className={panel.smallHeading}>{text.packs}</h3>
          <PackList packs={draft.contextPacks} onChange={(contextPacks) => change({ contextPacks })} />
          <AddPack packs={draft.contextPacks} choices={choices} onAdd={(contextPacks) => change({ contextPacks })} />
          {save.error && <Problem title={text.notSaved} error={save.error} />}
          <p className={css.buttons}>
            <Button type="submit" variant="primary" inactive={!dirty} loading={save.isPending}>
              {text.save}
            </Button>
            {save.error && <Button onClick={reload}>{text.again}</Button>}
            {dirty && <span className={css.muted}>{text.unsaved}</span>}
          </p>
        </form>
      ) : (
        <>
          <p>
            {text.document}: <code>{given.onboardingDocRef ?? text.noDocument}</code>
          </p>
          <PackList packs={given.contextPacks} onChange={null} />
        </>
      )}
    </section>
  )
}

function useSaving(agent: string, setDraft: (draft: ReadingDraft) => void) {
  const client = useQueryClient()
  const { queryKey } = onboardingQuery(agent)
  const take = (fresh: AgentOnboardingBody) => {
    client.setQueryData(queryKey, fresh)
    setDraft(draftOf(fresh))
  }
  const save = useMutation({
    mutationFn: (draft: ReadingDraft) => saveOnboarding(agent, draft),
    onSuccess: (fresh) => {
      take(fresh)
      announceNow(text.saved)
    },
  })
  // What was refused may be out of date: what is there now takes the place of the draft.
  const reload = () => {
    save.reset()
    void client.fetchQuery({ ...onboardingQuery(agent), staleTime: 0 }).then(take, () => {})
  }
  return { save, reload }
}

interface AddPackProps {
  packs: readonly string[]
  choices: string
  onAdd: (packs: readonly string[]) => void
}

function AddPack({ packs, choices, onAdd }: AddPackProps) {
  const [typed, setTyped] = useState('')
  const [complaint, setComplaint] = useState<string | null>(null)
  const add = () => {
    const ref = typed.trim()
    if (ref === '') return
    if (packs.includes(ref)) return setComplaint(text.there)
    if (packs.length >= CONTEXT_PACKS_MAX) return setComplaint(text.full(CONTEXT_PACKS_MAX))
    setTyped('')
    onAdd([...packs, ref])
    announceNow(text.added(ref))
  }
  return (
    <div className={css.add}>
      <FormControl>
        <FormControl.Label>{text.add}</FormControl.Label>
        <TextInput
          block
          list={choices}
          maxLength={REF_CHARS_MAX}
          value={typed}
          onChange={({ target: { value } }) => {
            setComplaint(null)
            setTyped(value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            add()
          }}
        />
        {complaint === null ? (
          <FormControl.Caption>{text.addHint}</FormControl.Caption>
        ) : (
          <FormControl.Validation variant="error">{complaint}</FormControl.Validation>
        )}
      </FormControl>
      <Button onClick={add}>{text.addButton}</Button>
    </div>
  )
}
