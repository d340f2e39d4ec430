/** Steps 3 and 4: the App is stored, Deckhand starts with it, and the person installs and checks it. */
import { FormControl, LinkButton, Textarea } from '@primer/react'
import { useQuery } from '@tanstack/react-query'

import type { ConfiguredBody } from '#contracts/setup.ts'

import { runningQuery, START_POLLS_MAX } from '../../queries/setup.ts'
import { useAnnounced } from '../../ui/useAnnounced.ts'
import { setupWords } from '../../words/setup.ts'
import css from './Setup.module.css'
import { Step } from './Step.tsx'

const { install, values, check } = setupWords
const VALUE_ROWS = 8

export function Finish({ app }: { app: ConfiguredBody }) {
  const { data: running, errorUpdateCount } = useQuery(runningQuery)
  const late = errorUpdateCount >= START_POLLS_MAX
  useAnnounced(running ? install.said.running : late ? install.said.late : null)
  return (
    <>
      {app.values && <Values values={app.values} />}
      <Step number={3} title={install.title}>
        <p>{install.text(app.name)}</p>
        <p className={css.muted}>{running ? install.running : late ? install.late : install.starting}</p>
        {running && (
          <div>
            <LinkButton href={app.installUrl} variant="primary">
              {install.button}
            </LinkButton>
          </div>
        )}
      </Step>
      <Step number={4} title={check.title}>
        <p>{check.text}</p>
        {running && (
          <div>
            <LinkButton href="/admin/checks">{check.link}</LinkButton>
          </div>
        )}
      </Step>
    </>
  )
}

function Values({ values: given }: { values: Record<string, string> }) {
  const lines = Object.entries(given).map(([name, value]) => `${name}=${value.trim().replaceAll('\n', String.raw`\n`)}`)
  return (
    <section className={css.step}>
      <h2 className={css.heading}>{values.title}</h2>
      <FormControl>
        <FormControl.Label>{values.label}</FormControl.Label>
        <Textarea block readOnly rows={VALUE_ROWS} className={css.values ?? ''} value={lines.join('\n')} />
        <FormControl.Caption>{values.text}</FormControl.Caption>
      </FormControl>
    </section>
  )
}
