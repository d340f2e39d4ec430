/** Webhooks as they were taken in: what became of each, what it held, and taking one in again. */
import { Button, FormControl, Label, Select, TextInput } from '@primer/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Fragment, useState } from 'react'

import { type DeliveryBody, type DeliveryList, deliveryStates } from '#contracts/admin.ts'

import type { AdminSearch } from '../../lib/admin-search.ts'
import { usePausable } from '../../live/paused.ts'
import { deliveriesQuery, orders } from '../../queries/admin.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import blank from '../../ui/blank.module.css'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import head from '../../ui/head.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { Moment } from '../../ui/Time.tsx'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'
import { Loading } from './Loading.tsx'
import { Pages } from './Pages.tsx'
import { RecordTable } from './RecordTable.tsx'
import { Payload } from './Payload.tsx'

const text = adminWords.webhooks
const { columns } = text
const numbers = new Intl.NumberFormat('en')
const variants = {
  received: 'secondary',
  processing: 'accent',
  processed: 'success',
  ignored: 'secondary',
  refused: 'danger',
} as const

export function Webhooks({ search }: { search: AdminSearch }) {
  const { state, delivery, after } = search
  const query = deliveriesQuery({ state, id: delivery, after })
  const { data, error, refetch } = useQuery(usePausable(query))
  const filtered = state !== undefined || delivery !== undefined
  return (
    <>
      <Filters key={`${state} ${delivery}`} search={search} />
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {data?.deliveries.length === 0 && <p className={blank.nothing}>{filtered ? text.none : text.empty}</p>}
      {data && data.deliveries.length > 0 && <Table list={data} queryKey={query.queryKey} />}
      {data && <Pages part="webhooks" words={text} search={search} next={data.next} />}
    </>
  )
}

function Filters({ search }: { search: AdminSearch }) {
  const navigate = useNavigate()
  const [delivery, setDelivery] = useState(search.delivery ?? '')
  const go = (wanted: { state: string | undefined; delivery: string }) => {
    const given = {
      ...(wanted.state ? { state: wanted.state } : {}),
      ...(wanted.delivery.trim() === '' ? {} : { delivery: wanted.delivery.trim() }),
    }
    void navigate({ to: '/admin/$part', params: { part: 'webhooks' }, search: given })
  }
  return (
    <form
      className={head.filters}
      onSubmit={(event) => {
        event.preventDefault()
        go({ state: search.state, delivery })
      }}
    >
      <FormControl>
        <FormControl.Label>{text.filter}</FormControl.Label>
        <Select value={search.state ?? ''} onChange={(event) => go({ state: event.target.value, delivery })}>
          <Select.Option value="">{text.any}</Select.Option>
          {deliveryStates.map((state) => (
            <Select.Option key={state} value={state}>
              {text.states[state]}
            </Select.Option>
          ))}
        </Select>
      </FormControl>
      <FormControl>
        <FormControl.Label>{text.id}</FormControl.Label>
        <TextInput value={delivery} data-search="" onChange={(event) => setDelivery(event.target.value)} />
      </FormControl>
      <Button type="submit">{text.find}</Button>
      {(search.state ?? search.delivery) !== undefined && (
        <Button onClick={() => go({ state: undefined, delivery: '' })}>{text.clear}</Button>
      )}
    </form>
  )
}

function Table({ list, queryKey }: { list: DeliveryList; queryKey: readonly unknown[] }) {
  const client = useQueryClient()
  const [opened, setOpened] = useState<string | null>(null)
  const [asked, setAsked] = useState<string | null>(null)
  const redeliver = useMutation({
    mutationFn: (id: string) => orders.redeliver(id),
    onSuccess: ({ delivery, redelivered }) => {
      client.setQueryData<DeliveryList>(queryKey, (known) => known && withDelivery(known, delivery))
      announceNow(redelivered ? text.redelivered : text.underWay)
    },
  })
  const order = (delivery: DeliveryBody) => {
    // A command that was carried out is carried out once more, so that is asked for twice.
    if (delivery.state === 'processed') setAsked(delivery.id)
    else redeliver.mutate(delivery.id)
  }
  return (
    <>
      {redeliver.error && <Problem title={text.notRedelivered} error={redeliver.error} />}
      <RecordTable label={text.table} columns={columns}>
        {list.deliveries.map((delivery) => (
          <Fragment key={delivery.id}>
            <Row
              delivery={delivery}
              open={opened === delivery.id}
              sending={redeliver.isPending && redeliver.variables === delivery.id}
              onOpen={() => setOpened(opened === delivery.id ? null : delivery.id)}
              onRedeliver={() => order(delivery)}
            />
            {opened === delivery.id && (
              <tr>
                <td colSpan={Object.keys(columns).length}>
                  <Payload id={delivery.id} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </RecordTable>
      {asked !== null && (
        <ConfirmDialog
          title={text.again.title}
          keep={text.again.keep}
          confirm={{ content: text.again.confirm, buttonType: 'primary' }}
          onConfirm={() => {
            redeliver.mutate(asked)
            setAsked(null)
          }}
          onClose={() => setAsked(null)}
        >
          <p>{text.again.text}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function withDelivery(list: DeliveryList, changed: DeliveryBody): DeliveryList {
  return { ...list, deliveries: list.deliveries.map((each) => (each.id === changed.id ? changed : each)) }
}

interface RowProps {
  delivery: DeliveryBody
  open: boolean
  sending: boolean
  onOpen: () => void
  onRedeliver: () => void
}

function Row({ delivery, open, sending, onOpen, onRedeliver }: RowProps) {
  const { id, event, state, reason, attempts, bytes, receivedAt } = delivery
  const underWay = state === 'received' || state === 'processing'
  return (
    <tr data-delivery={id}>
      <td>
        <Label variant={variants[state]}>{text.states[state]}</Label>
        {reason !== null && <span className={css.detail}>{reason}</span>}
      </td>
      <th scope="row">
        {event}
        <span className={css.detail}>{id}</span>
      </th>
      <td>
        <Moment at={receivedAt} />
      </td>
      <td>{attempts}</td>
      <td>{text.bytes(numbers.format(bytes))}</td>
      <td>
        <div className={css.buttons}>
          <Button size="small" aria-expanded={open} onClick={onOpen}>
            {text.payload}
            <span className={blank.hidden}> {text.of(id)}</span>
          </Button>
          {!underWay && (
            <Button size="small" onClick={onRedeliver} disabled={sending}>
              {sending ? text.sending : text.redeliver}
              <span className={blank.hidden}> {id}</span>
            </Button>
          )}
        </div>
      </td>
    </tr>
  )
}
