/** Edits one document of Deckhand. The preview shows the text as agents' and issues' texts are shown: nothing in it is run. */
import { Button, FormControl, Textarea } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'

import { DOCUMENT_BYTES_MAX, estimatedTokens } from '#contracts/onboarding.ts'

import { saveDocument } from '../../queries/onboarding.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { onboardingWords } from '../../words/onboarding.ts'
import { IssueText } from '../issue/IssueText.tsx'
import css from './Onboarding.module.css'

const ROWS = 18
const text = onboardingWords.documents

export interface DocumentEditorProps {
  name: string
  /** `version` is the one that agents are given now; `restored` when the text is an older one, and is worth saving as it is. */
  from: { text: string; version: number; restored: boolean }
  onEnd: (saved: boolean) => void
  /** Whether something is typed that would be lost. */
  onDraft: (isTyped: boolean) => void
}

export function DocumentEditor({ name, from, onEnd, onDraft }: DocumentEditorProps) {
  const [typed, setTyped] = useState(from.text)
  const [preview, setPreview] = useState(false)
  const client = useQueryClient()
  const isTyped = typed !== from.text
  useEffect(() => {
    onDraft(isTyped)
    return () => onDraft(false)
  }, [isTyped, onDraft])
  const save = useMutation({
    mutationFn: () => saveDocument(name, { text: typed, version: from.version }),
    onSuccess: async ({ version }) => {
      announceNow(text.saved(version))
      await Promise.all([
        client.invalidateQueries({ queryKey: ['documents'] }),
        client.invalidateQueries({ queryKey: ['onboarding'] }),
      ])
      onEnd(true)
    },
  })
  const bytes = new TextEncoder().encode(typed).length
  const fits = typed.trim() !== '' && (from.restored || isTyped) && bytes <= DOCUMENT_BYTES_MAX
  return (
    <form
      className={`${css.form} ${css.typed}`}
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        if (fits) save.mutate()
      }}
    >
      {preview ? (
        <div role="region" aria-label={text.previewOf} className={css.document}>
          <IssueText body={typed} />
        </div>
      ) : (
        <FormControl>
          <FormControl.Label>{text.text}</FormControl.Label>
          <Textarea
            block
            rows={ROWS}
            resize="vertical"
            value={typed}
            onChange={({ target: { value } }) => setTyped(value)}
          />
        </FormControl>
      )}
      <p className={css.muted}>{text.size(bytes, DOCUMENT_BYTES_MAX, estimatedTokens(bytes))}</p>
      {save.error && <Problem title={text.notSaved} error={save.error} />}
      <p className={css.buttons}>
        <Button type="submit" variant="primary" inactive={!fits} loading={save.isPending}>
          {text.save}
        </Button>
        <Button onClick={() => setPreview(!preview)}>{preview ? text.write : text.preview}</Button>
        <Button variant="invisible" onClick={() => onEnd(false)}>
          {text.discard}
        </Button>
      </p>
    </form>
  )
}
