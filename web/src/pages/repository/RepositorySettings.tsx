/** The settings that Runs of a repository have, for all to read; and what the App may do there, on demand. */
import { type ReactNode, useId } from 'react'

import type { RepositoryBody } from '#contracts/browse.ts'

import { duration } from '../../lib/time.ts'
import panel from '../../ui/panel.module.css'
import { repositoryWords } from '../../words/browse.ts'
import { Kinds, sandboxKinds } from './Kinds.tsx'
import css from './Repository.module.css'
import { VerifyAccess } from './VerifyAccess.tsx'

const text = repositoryWords.settings

export interface RepositorySettingsProps {
  repository: RepositoryBody
  params: { owner: string; repo: string }
}

export function RepositorySettings({ repository, params }: RepositorySettingsProps) {
  return (
    <div className={panel.sections}>
      <p className={css.muted}>{text.lead}</p>
      <Section title={text.start}>
        <dl className={`${panel.facts} ${css.facts}`}>
          <dt>{text.label}</dt>
          <dd>
            <code>{repository.triggerLabel}</code> {text.labelHint(repository.triggerLabel)}
          </dd>
          <dt>{text.labelOff}</dt>
          <dd>{repository.labelRemovalCancels ? text.labelOffCancels : text.labelOffIgnored}</dd>
          <dt>{text.agent}</dt>
          <dd>
            <code>{repository.agents[0]}</code>
          </dd>
          <dt>{text.who}</dt>
          <dd>{repository.allowedBots.length > 0 ? text.bots(repository.allowedBots) : text.whoText}</dd>
          <dt>{text.notify}</dt>
          <dd>{text.notifyTexts[repository.notify]}</dd>
          <dt>{text.base}</dt>
          <dd>
            <code>{repository.defaultBranch}</code>
          </dd>
          <dt>{text.executor}</dt>
          <dd>
            <code>{repository.executor}</code>
          </dd>
        </dl>
      </Section>
      <Section title={repositoryWords.verify.title}>
        <VerifyAccess start={repository.start} params={params} />
      </Section>
      <Section title={text.sandbox}>
        <Kinds name="sandbox" legend={text.sandboxHint} kinds={sandboxKinds(repository.sandboxes)} />
      </Section>
      <Section title={text.limits}>
        <dl className={`${panel.facts} ${css.facts}`}>
          {repository.limits.map(({ name, ms }) => (
            <div key={name} className={css.fact}>
              <dt>{text.limit[name]}</dt>
              <dd>{span(ms)}</dd>
            </div>
          ))}
        </dl>
      </Section>
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={`${panel.section} ${css.section}`}>
      <h2 id={id} className={panel.heading}>
        {title}
      </h2>
      {children}
    </section>
  )
}

const DAY_MS = 86_400_000

/** Long clocks read better in days than in hours. */
function span(ms: number): string {
  return ms >= 2 * DAY_MS && ms % DAY_MS === 0 ? `${ms / DAY_MS} days` : duration(ms)
}
