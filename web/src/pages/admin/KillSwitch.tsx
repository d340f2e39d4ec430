/** The kill switch: how it stands, who flipped it last and why, and flipping it. */
import { useQuery } from '@tanstack/react-query'

import { usePausable } from '../../live/paused.ts'
import { killSwitchQuery } from '../../queries/admin.ts'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { Moment } from '../../ui/Time.tsx'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'
import { FlipSwitch } from './FlipSwitch.tsx'
import { KillAll } from './KillAll.tsx'
import { Loading } from './Loading.tsx'

const text = adminWords.killSwitch

export function KillSwitch() {
  const { data, error, refetch } = useQuery(usePausable(killSwitchQuery))
  return (
    <>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {data && (
        <section className={panel.section}>
          <h2 className={panel.heading}>{!data.confirmed ? text.unsure : data.on ? text.on : text.off}</h2>
          <p>{data.on ? text.means.on : text.means.off}</p>
          {data.by === null && <p className={css.detail}>{text.never}</p>}
          {data.by !== null && (
            <dl className={css.facts}>
              <div className={css.fact}>
                <dt>{text.by}</dt>
                <dd>{data.by}</dd>
              </div>
              <div className={css.fact}>
                <dt>{text.reason}</dt>
                <dd>{data.reason ?? text.noReason}</dd>
              </div>
              {data.at !== null && (
                <div className={css.fact}>
                  <dt>{text.at}</dt>
                  <dd>
                    <Moment at={data.at} />
                  </dd>
                </div>
              )}
            </dl>
          )}
          <div className={css.actions}>
            <FlipSwitch on={data.on} />
            <KillAll scope={undefined} />
          </div>
        </section>
      )}
    </>
  )
}
