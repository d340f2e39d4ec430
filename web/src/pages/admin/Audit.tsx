/** The audit trail: who did what to what, when and from where; filters in the address, and a file to take along. */
import { Button, FormControl, Label, Select, TextInput } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import type { AuditBody } from '#contracts/admin.ts'

import type { AdminSearch } from '../../lib/admin-search.ts'
import { usePausable } from '../../live/paused.ts'
import { auditExportHref, auditQuery, type AuditSearch, type Scope } from '../../queries/admin.ts'
import blank from '../../ui/blank.module.css'
import head from '../../ui/head.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { Moment } from '../../ui/Time.tsx'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'
import { Loading } from './Loading.tsx'
import { Pages } from './Pages.tsx'
import { RecordTable } from './RecordTable.tsx'

const text = adminWords.audit
const { columns } = text
const reasons: Record<string, string> = text.reasons
const names = ['actor', 'action', 'target'] as const

export function Audit({ scope, search }: { scope: Scope; search: AdminSearch }) {
  const { actor, action, target, outcome, after } = search
  const filter: AuditSearch = { repository: scope, actor, action, target, outcome }
  const { data, error, refetch } = useQuery(usePausable(auditQuery(filter, after)))
  const filtered = (actor ?? action ?? target ?? outcome) !== undefined
  return (
    <>
      <Filters key={JSON.stringify(filter)} search={search} filtered={filtered} byTarget={scope === undefined} />
      <p className={css.note}>
        {scope === undefined && `${text.alone} `}
        <a href={auditExportHref(filter)} download className={css.link}>
          {text.export}
        </a>
      </p>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {data?.events.length === 0 && <p className={blank.nothing}>{filtered ? text.none : text.empty}</p>}
      {data && data.events.length > 0 && <Table events={data.events} />}
      {data && <Pages part="audit" words={text} search={search} next={data.next} />}
    </>
  )
}

interface FiltersProps {
  search: AdminSearch
  filtered: boolean
  /** The server takes a target with no other filter, and a repository is one. */
  byTarget: boolean
}

function Filters({ search, filtered, byTarget }: FiltersProps) {
  const navigate = useNavigate()
  const { repository, actor = '', action = '', target = '', outcome = '' } = search
  const [wanted, setWanted] = useState({ actor, action, target, outcome })
  const go = (filters: typeof wanted) => {
    const trimmed = Object.entries(filters).map(([name, value]) => [name, value.trim()] as const)
    const given = Object.fromEntries(trimmed.filter(([, value]) => value !== ''))
    const alone = 'target' in given ? { target: given['target'] } : given
    const where = repository === undefined ? {} : { repository }
    void navigate({ to: '/admin/$part', params: { part: 'audit' }, search: { ...where, ...alone } })
  }
  return (
    <form
      className={head.filters}
      aria-label={text.filters}
      onSubmit={(event) => {
        event.preventDefault()
        go(wanted)
      }}
    >
      {names
        .filter((name) => byTarget || name !== 'target')
        .map((name) => (
          <FormControl key={name}>
            <FormControl.Label>{text[name]}</FormControl.Label>
            <TextInput
              value={wanted[name]}
              onChange={(event) => setWanted({ ...wanted, [name]: event.target.value })}
              {...(name === 'actor' ? { 'data-search': '' } : {})}
            />
          </FormControl>
        ))}
      <FormControl>
        <FormControl.Label>{text.outcome}</FormControl.Label>
        <Select value={wanted.outcome} onChange={(event) => setWanted({ ...wanted, outcome: event.target.value })}>
          <Select.Option value="">{text.anyOutcome}</Select.Option>
          <Select.Option value="allowed">{text.outcomes.allowed}</Select.Option>
          <Select.Option value="refused">{text.outcomes.refused}</Select.Option>
        </Select>
      </FormControl>
      <Button type="submit">{text.apply}</Button>
      {filtered && <Button onClick={() => go({ actor: '', action: '', target: '', outcome: '' })}>{text.clear}</Button>}
    </form>
  )
}

function Table({ events }: { events: readonly AuditBody[] }) {
  return (
    <RecordTable label={text.table} columns={columns}>
      {events.map((event) => (
        <tr key={event.id}>
          <td>
            <Moment at={event.at} />
          </td>
          <td>{event.actor}</td>
          <th scope="row">
            <What event={event} />
          </th>
          <td>
            {event.target}
            {event.repository !== null && <span className={css.detail}>{placeOf(event)}</span>}
          </td>
          <td>
            <Label variant={event.outcome === 'refused' ? 'danger' : 'success'}>{text.outcomes[event.outcome]}</Label>
            {event.reason !== null && <span className={css.detail}>{reasons[event.reason] ?? event.reason}</span>}
          </td>
          <td>{event.why ?? <span className={css.none}>{text.noWhy}</span>}</td>
          <td>
            <From event={event} />
          </td>
        </tr>
      ))}
    </RecordTable>
  )
}

const placeOf = ({ repository, issue }: AuditBody): string =>
  issue === null ? `${repository}` : `${repository}#${issue}`

/** In words where there are some, with the name by which the filter finds it. */
function What({ event: { action, outcome } }: { event: AuditBody }) {
  const words: Record<string, string> = outcome === 'refused' ? text.tried : text.actions
  const said = words[action]
  if (said === undefined) return action
  return (
    <>
      {said}
      <span className={css.detail}>{action}</span>
    </>
  )
}

/** By which way, and from which address. */
function From({ event: { via, ip } }: { event: AuditBody }) {
  if (via === null) return ip ?? <span className={css.none}>{text.unknown}</span>
  return (
    <>
      {text.vias[via]}
      {ip !== null && <span className={css.detail}>{ip}</span>}
    </>
  )
}
