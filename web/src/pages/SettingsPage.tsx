/** Personal settings: who one is here, how pages look, what one is told, which keys work, and which programs may sign in. */
import { Button, Checkbox, FormControl, Radio, RadioGroup } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'

import type { SessionBody } from '#contracts/api.ts'

import { allCommands } from '../commands/registry.ts'
import { serverNow } from '../lib/clock.ts'
import { colorSets } from '../lib/colors.ts'
import { choose, themes, timeStyles, usePreferences } from '../lib/preferences.ts'
import { sessionQuery } from '../queries.ts'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import panel from '../ui/panel.module.css'
import { Moment } from '../ui/Time.tsx'
import { words } from '../words.ts'
import { settingsWords } from '../words/settings.ts'
import { Tokens } from './settings/Tokens.tsx'
import css from './settings/Settings.module.css'

const EXAMPLE_MS = 10 * 60_000

export function SettingsPage() {
  const user = useQuery(sessionQuery).data?.user
  return (
    <>
      <PageTitle tab={`${settingsWords.title} · ${words.product}`} className={head.title}>
        {settingsWords.title}
      </PageTitle>
      <p className={head.lead}>{settingsWords.lead}</p>
      <div className={`${panel.sections} ${css.sections}`}>
        {user && <Profile user={user} />}
        <Appearance />
        <Notifications />
        <Shortcuts />
        {user && (
          <Section title={settingsWords.tokens.title}>
            <Tokens admin={user.admin} />
          </Section>
        )}
      </div>
    </>
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

function Profile({ user }: { user: NonNullable<SessionBody['user']> }) {
  const { profile } = settingsWords
  return (
    <Section title={profile.title}>
      <dl className={`${panel.facts} ${css.facts}`}>
        <dt>{profile.login}</dt>
        <dd>{user.login}</dd>
        <dt>{profile.role}</dt>
        <dd>{user.admin ? profile.roles.admin : profile.roles.person}</dd>
      </dl>
      <p>
        <Link to="/runs" search={{ requestedBy: user.login }} className={css.link}>
          {profile.mine}
        </Link>
      </p>
    </Section>
  )
}

function Appearance() {
  const { appearance } = settingsWords
  const { theme, colors, time } = usePreferences()
  const [example] = useState(() => new Date(serverNow() - EXAMPLE_MS).toISOString())
  return (
    <Section title={appearance.title}>
      <div className={css.choices}>
        <RadioGroup name="theme">
          <RadioGroup.Label>{appearance.theme}</RadioGroup.Label>
          {themes.map((name) => (
            <Choice
              key={name}
              name={name}
              text={appearance.themes[name]}
              checked={theme === name}
              onChoose={() => choose({ theme: name })}
            />
          ))}
        </RadioGroup>
        <RadioGroup name="colors">
          <RadioGroup.Label>{appearance.colors}</RadioGroup.Label>
          {colorSets.map((name) => (
            <Choice
              key={name}
              name={name}
              text={appearance.colorSets[name]}
              checked={colors === name}
              onChoose={() => choose({ colors: name })}
            />
          ))}
        </RadioGroup>
        <div>
          <RadioGroup name="time">
            <RadioGroup.Label>{appearance.time}</RadioGroup.Label>
            {timeStyles.map((name) => (
              <Choice
                key={name}
                name={name}
                text={appearance.times[name]}
                checked={time === name}
                onChoose={() => choose({ time: name })}
              />
            ))}
          </RadioGroup>
          <p className={css.example}>
            {appearance.now} <Moment at={example} />
          </p>
        </div>
      </div>
    </Section>
  )
}

interface ChoiceProps {
  name: string
  text: { word: string; hint: string | null }
  checked: boolean
  onChoose: () => void
}

function Choice({ name, text, checked, onChoose }: ChoiceProps) {
  return (
    <FormControl>
      <Radio value={name} checked={checked} onChange={onChoose} />
      <FormControl.Label>{text.word}</FormControl.Label>
      {text.hint !== null && <FormControl.Caption>{text.hint}</FormControl.Caption>}
    </FormControl>
  )
}

function Notifications() {
  const { notifications } = settingsWords
  return (
    <Section title={notifications.title}>
      <p>{notifications.text}</p>
      <p className={css.muted}>{notifications.fixed}</p>
    </Section>
  )
}

function Shortcuts() {
  const { shortcuts } = usePreferences()
  return (
    <Section title={settingsWords.shortcuts.title}>
      <FormControl>
        <Checkbox checked={shortcuts} onChange={(event) => choose({ shortcuts: event.target.checked })} />
        <FormControl.Label>{words.commands.single}</FormControl.Label>
        <FormControl.Caption>{words.commands.singleHint}</FormControl.Caption>
      </FormControl>
      <Button
        size="small"
        className={css.sheet}
        onClick={() =>
          allCommands()
            .find(({ id }) => id === 'sheet')
            ?.run()
        }
      >
        {settingsWords.shortcuts.sheet}
      </Button>
    </Section>
  )
}
