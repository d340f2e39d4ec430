/** The way between the parts of the admin pages, of which the check of the installation is one. */
import { Link } from '@tanstack/react-router'

import type { AdminReachBody } from '#contracts/admin.ts'

import { type AdminPart, adminParts } from '../../lib/admin-search.ts'
import type { Scope } from '../../queries/admin.ts'
import head from '../../ui/head.module.css'
import { adminWords as text } from '../../words/admin.ts'
import { checksWords } from '../../words/checks.ts'
import css from './Admin.module.css'

/** These speak of all repositories at once. */
export const ofEverything: ReadonlySet<AdminPart> = new Set(['webhooks', 'kill-switch'])

export interface WaysProps {
  part: AdminPart | 'checks'
  reach: AdminReachBody
  scope: Scope
}

export function Ways({ part, reach, scope }: WaysProps) {
  const shown = adminParts.filter((name) => reach.everything || !ofEverything.has(name))
  return (
    <nav aria-label={text.label} className={`${head.chips} ${css.ways}`}>
      <ul>
        {shown.map((name) => (
          <li key={name}>
            <Link
              {...(name === 'overview' ? { to: '/admin' } : { to: '/admin/$part', params: { part: name } })}
              search={scope === undefined || ofEverything.has(name) ? {} : { repository: scope }}
              className={head.chip}
              aria-current={name === part ? 'page' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {text.parts[name]}
            </Link>
          </li>
        ))}
        {reach.everything && (
          <li>
            <Link to="/admin/checks" className={head.chip} aria-current={part === 'checks' ? 'page' : undefined}>
              {checksWords.title}
            </Link>
          </li>
        )}
      </ul>
    </nav>
  )
}
