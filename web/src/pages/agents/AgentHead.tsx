/** What every page of one agent begins with: the way back, its name and its tabs. */
import { Link } from '@tanstack/react-router'

import head from '../../ui/head.module.css'
import { PageTitle } from '../../ui/PageTitle.tsx'
import { words } from '../../words.ts'
import { agentsWords } from '../../words/browse.ts'
import { onboardingWords } from '../../words/onboarding.ts'
import css from './Agents.module.css'

const { tabs } = onboardingWords

export function AgentHead({ name, tab }: { name: string; tab: 'overview' | 'onboarding' }) {
  const part = tab === 'overview' ? '' : `${tabs.onboarding} · `
  return (
    <>
      <p>
        <Link to="/agents" className={css.link}>
          ‹ {agentsWords.back}
        </Link>
      </p>
      <PageTitle tab={`${part}${name} · ${agentsWords.title} · ${words.product}`} className={head.title}>
        {name}
      </PageTitle>
      <nav aria-label={tabs.label} className={head.tabs}>
        <ul>
          <li>
            <Link
              to="/agents/$name"
              params={{ name }}
              className={head.tab}
              aria-current={tab === 'overview' ? 'page' : undefined}
              activeOptions={{ exact: true }}
            >
              {tabs.overview}
            </Link>
          </li>
          <li>
            <Link
              to="/agents/$name/onboarding"
              params={{ name }}
              className={head.tab}
              aria-current={tab === 'onboarding' ? 'page' : undefined}
            >
              {tabs.onboarding}
            </Link>
          </li>
        </ul>
      </nav>
    </>
  )
}
