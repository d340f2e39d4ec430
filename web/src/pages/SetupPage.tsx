/** Set-up, in four steps: where Deckhand runs, its GitHub App, installing it, and the check. Only while there is no App. */
import { LinkButton } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState } from 'react'

import type { ConfiguredBody, SetupBody, SetupChoices } from '#contracts/setup.ts'

import { ProblemError } from '../api.ts'
import { conversionQuery, setupQuery } from '../queries/setup.ts'
import head from '../ui/head.module.css'
import { Loading } from '../ui/Loading.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import { useAnnounced } from '../ui/useAnnounced.ts'
import { words } from '../words.ts'
import { setupWords } from '../words/setup.ts'
import { Message, NotFoundPage } from './messages.tsx'
import { Choices } from './setup/Choices.tsx'
import { CreateApp } from './setup/CreateApp.tsx'
import { ExistingApp } from './setup/ExistingApp.tsx'
import { Finish } from './setup/Finish.tsx'
import css from './setup/Setup.module.css'
import { Step } from './setup/Step.tsx'
import { Where } from './setup/Where.tsx'

export type Facts = NonNullable<SetupBody['facts']>

export function SetupPage() {
  const { pathname, searchStr } = useLocation()
  const [search] = useState(() => new URLSearchParams(searchStr))
  useEffect(() => {
    // A token in the address would stay in the browser's history.
    if (search.has('token')) window.history.replaceState(null, '', pathname)
  }, [search, pathname])
  const { data, error, refetch } = useQuery(setupQuery(search.get('token')))
  const [code, state] = [search.get('code'), search.get('state')]

  if (error instanceof ProblemError && error.status === 404) return <NotFoundPage text={setupWords.gone} />
  if (!data) {
    return (
      <Frame step={1}>
        {error ? (
          <Problem title={setupWords.failed} error={error} onRetry={() => void refetch()} />
        ) : (
          <Loading what={setupWords.loading} />
        )}
      </Frame>
    )
  }
  if (!data.facts) return <Locked refused={data.refused} />
  if (code !== null && state !== null) return <Converted code={code} state={state} />
  return <Steps facts={data.facts} />
}

function Frame({ step, children }: { step: number; children: ReactNode }) {
  return (
    <div className={css.page}>
      <div className={css.head}>
        <PageTitle tab={`${setupWords.title} · ${words.product}`} className={head.title}>
          {setupWords.title}
        </PageTitle>
        <p className={css.muted}>{setupWords.step(step)}</p>
      </div>
      <div className={css.steps}>{children}</div>
    </div>
  )
}

function Locked({ refused }: { refused: Error | null }) {
  return (
    <Message title={setupWords.locked.title}>
      <p>{setupWords.locked.text}</p>
      {refused && <Problem title={setupWords.locked.refused} error={refused} />}
    </Message>
  )
}

function Steps({ facts }: { facts: Facts }) {
  const [choices, setChoices] = useState<SetupChoices>({})
  const [refused, setRefused] = useState<Error | null>(null)
  const [configured, setConfigured] = useState<ConfiguredBody | null>(null)
  if (configured) return <Done app={configured} />
  return (
    <Frame step={2}>
      <Step number={1} title={setupWords.where.title}>
        <Where publicUrl={facts.publicUrl} />
        <Choices asks={facts.asks} choices={choices} refused={refused} onChange={setChoices} />
      </Step>
      <Step number={2} title={setupWords.create.title}>
        <CreateApp facts={facts} choices={choices} onRefused={setRefused} />
        <ExistingApp choices={choices} onRefused={setRefused} onConfigured={setConfigured} />
      </Step>
    </Frame>
  )
}

function Converted({ code, state }: { code: string; state: string }) {
  const { data, error } = useQuery(conversionQuery(code, state))
  if (data) return <Done app={data} />
  return (
    <Frame step={2}>
      {error ? (
        <>
          <Problem title={setupWords.notConverted} error={error} />
          <div>
            <LinkButton href="/setup">{setupWords.back}</LinkButton>
          </div>
        </>
      ) : (
        <Converting />
      )}
    </Frame>
  )
}

function Converting() {
  useAnnounced(setupWords.converting)
  return <p>{setupWords.converting}</p>
}

function Done({ app }: { app: ConfiguredBody }) {
  return (
    <Frame step={3}>
      <Finish app={app} />
    </Frame>
  )
}
