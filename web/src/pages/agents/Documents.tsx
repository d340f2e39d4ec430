/** The documents that Deckhand keeps for agents: one of them at a time, with its versions; admins edit them here. */
import { Button, FormControl, Select, SkeletonBox, TextInput } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'

import { DOCUMENT_NAME, type DocumentBody, type DocumentList } from '#contracts/onboarding.ts'

import { documentQuery } from '../../queries/onboarding.ts'
import blank from '../../ui/blank.module.css'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { Moment } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { onboardingWords } from '../../words/onboarding.ts'
import { IssueText } from '../issue/IssueText.tsx'
import { DocumentEditor, type DocumentEditorProps } from './DocumentEditor.tsx'
import css from './Onboarding.module.css'

const SKELETON_DELAY_MS = 150
const text = onboardingWords.documents

export function Documents({ list: { documents, edit } }: { list: DocumentList }) {
  const title = useId()
  const why = useId()
  const names = documents.map(({ name }) => name)
  const [chosen, setChosen] = useState(names.includes('dev') ? 'dev' : (names[0] ?? ''))
  const [begun, setBegun] = useState<string | null>(null)
  const [isTyped, setTyped] = useState(false)
  return (
    <section aria-labelledby={title} className={`${panel.section} ${css.section}`}>
      <h2 id={title} className={panel.heading}>
        {text.title}
      </h2>
      <p className={css.muted}>{text.lead}</p>
      {!edit.allowed && <p>{edit.why}</p>}
      {isTyped && <p id={why}>{text.typed}</p>}
      <div className={css.pick}>
        <FormControl disabled={isTyped}>
          <FormControl.Label>{text.choose}</FormControl.Label>
          <Select
            value={chosen}
            {...(isTyped ? { 'aria-describedby': why } : {})}
            onChange={({ target: { value } }) => {
              setBegun(null)
              setChosen(value)
            }}
          >
            {names.map((name) => (
              <Select.Option key={name} value={name}>
                {name}
              </Select.Option>
            ))}
          </Select>
        </FormControl>
        {edit.allowed && (
          <Begin
            whyNot={isTyped ? why : null}
            onBegin={(name) => (names.includes(name) ? setChosen(name) : setBegun(name))}
          />
        )}
      </div>
      {begun === null ? (
        chosen !== '' && <Shown key={chosen} name={chosen} onDraft={setTyped} />
      ) : (
        <>
          <h3 className={panel.smallHeading}>
            deckhand:{begun} <span className={css.version}>{text.newOne}</span>
          </h3>
          <DocumentEditor
            key={begun}
            name={begun}
            from={{ text: '', version: 0, restored: false }}
            onDraft={setTyped}
            onEnd={(saved) => {
              setBegun(null)
              if (saved) setChosen(begun)
            }}
          />
        </>
      )}
    </section>
  )
}

/** `whyNot` is the id of the sentence that says why nothing can be begun now. */
function Begin({ whyNot, onBegin }: { whyNot: string | null; onBegin: (name: string) => void }) {
  const [typed, setTyped] = useState('')
  const [complaint, setComplaint] = useState<string | null>(null)
  return (
    <form
      className={css.add}
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        if (!DOCUMENT_NAME.test(typed)) return setComplaint(text.badName)
        setTyped('')
        onBegin(typed)
      }}
    >
      <FormControl disabled={whyNot !== null}>
        <FormControl.Label>{text.begin}</FormControl.Label>
        <TextInput
          value={typed}
          {...(whyNot === null ? {} : { 'aria-describedby': whyNot })}
          onChange={({ target: { value } }) => {
            setComplaint(null)
            setTyped(value.trim())
          }}
        />
        {complaint !== null && <FormControl.Validation variant="error">{complaint}</FormControl.Validation>}
        {complaint === null && whyNot === null && <FormControl.Caption>{text.beginHint}</FormControl.Caption>}
      </FormControl>
      <Button type="submit" disabled={whyNot !== null}>
        {text.beginButton}
      </Button>
    </form>
  )
}

function Shown({ name, onDraft }: Pick<DocumentEditorProps, 'name' | 'onDraft'>) {
  const [version, setVersion] = useState<number | null>(null)
  const [editing, setEditing] = useState<DocumentEditorProps['from'] | null>(null)
  const { data, error, refetch } = useQuery(documentQuery(name, version))
  if (error && !data) return <Problem title={text.failed} error={error} onRetry={() => void refetch()} />
  if (!data) {
    return (
      <div aria-busy="true">
        <span className={blank.hidden}>{words.loading(text.loading)}</span>
        <SkeletonBox height="160px" delay={SKELETON_DELAY_MS} />
      </div>
    )
  }
  const old = data.version !== data.latest
  return (
    <>
      <h3 className={panel.smallHeading}>
        deckhand:{name} <Facts facts={data} />
      </h3>
      {editing ? (
        <DocumentEditor
          name={name}
          from={editing}
          onDraft={onDraft}
          onEnd={() => {
            setEditing(null)
            setVersion(null)
          }}
        />
      ) : (
        <>
          {old && <p>{text.old(data.latest)}</p>}
          <div className={css.document}>
            <IssueText body={data.text} />
          </div>
          <p className={css.buttons}>
            {data.edit.allowed && (
              <Button onClick={() => setEditing({ text: data.text, version: data.latest, restored: old })}>
                {old ? text.restore : text.edit}
              </Button>
            )}
            {old && <Button onClick={() => setVersion(null)}>{text.current}</Button>}
          </p>
          <Versions document={data} onShow={setVersion} />
        </>
      )}
    </>
  )
}

type Facts = Pick<DocumentBody, 'version' | 'updatedBy' | 'updatedAt'>

function Facts({ facts: { version, updatedBy, updatedAt } }: { facts: Facts }) {
  return (
    <span className={css.version}>
      {text.version(version)} {updatedBy !== null && text.by(updatedBy)}{' '}
      {updatedAt !== null && <Moment at={updatedAt} />}
    </span>
  )
}

function Versions({ document, onShow }: { document: DocumentBody; onShow: (version: number) => void }) {
  const others = document.versions.filter(({ version }) => version !== document.version)
  if (others.length === 0) return null
  return (
    <details>
      <summary className={css.summary}>{text.earlier}</summary>
      <ul className={css.versions}>
        {others.map((facts) => (
          <li key={facts.version} className={css.pack}>
            <Facts facts={facts} />
            <Button size="small" onClick={() => onShow(facts.version)}>
              {text.show(facts.version)}
            </Button>
          </li>
        ))}
      </ul>
    </details>
  )
}
