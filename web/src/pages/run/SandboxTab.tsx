/** Where the Run is executed: what kind of sandbox, how old, until when, and the way to end it. */
import { Button } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'

import type { RunBody, SandboxBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { duration } from '../../lib/time.ts'
import { usePausable } from '../../live/paused.ts'
import { sandboxQuery } from '../../queries.ts'
import { KillDialog } from '../../ui/KillRun.tsx'
import { Loading } from '../../ui/Loading.tsx'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { Moment, Took } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'
import { useLastRead } from './useLastRead.ts'

const text = runTabWords.sandbox

export function SandboxTab({ run }: { run: RunBody }) {
  const { data, error, refetch } = useQuery(usePausable(sandboxQuery(run)))
  const sandbox = useLastRead(`${run.id} ${run.attempt}`, data)
  return (
    <>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!sandbox && !error && <Loading what={text.loading} />}
      {sandbox && (
        <section aria-label={text.title} className={panel.panel}>
          <Facts run={run} sandbox={sandbox} />
        </section>
      )}
    </>
  )
}

function Facts({ run, sandbox }: { run: RunBody; sandbox: SandboxBody }) {
  const { provider, limits, isolation, requestedAt, endsAt } = sandbox
  return (
    <>
      <dl className={css.facts}>
        <Fact name={text.kind}>{text.kinds[provider] ?? provider}</Fact>
        <Fact name={text.image}>{text.images[provider] ?? text.unknown}</Fact>
        <Fact name={text.state}>
          {sandbox.state === 'none' && isTerminal(run.status) ? words.run.noSandboxEnded : text.states[sandbox.state]}
        </Fact>
        {sandbox.id && (
          <Fact name={text.id}>
            <code>{sandbox.id}</code>
          </Fact>
        )}
        {isolation && <Fact name={text.isolation}>{words.run.isolations[isolation]}</Fact>}
        {/* Nobody reports what is in force. Only a sandbox that keeps nothing apart is known to limit nothing. */}
        <Fact name={text.network}>{isolation === 'none' ? text.networkOpen : text.unknown}</Fact>
        {requestedAt && sandbox.state === 'live' && (
          <Fact name={text.age}>
            <Took from={requestedAt} to={null} />
          </Fact>
        )}
        {endsAt && (
          <Fact name={text.ends}>
            <Moment at={endsAt} />
          </Fact>
        )}
      </dl>
      <h2 className={css.heading}>{text.limits}</h2>
      <dl className={css.facts}>
        <Fact name={text.acquire}>{duration(limits.acquireMs)}</Fact>
        <Fact name={text.agent}>{duration(limits.agentMs)}</Fact>
        <Fact name={text.run}>{duration(limits.runMs)}</Fact>
        {limits.ttlMs !== null && <Fact name={text.lifetime}>{duration(limits.ttlMs)}</Fact>}
      </dl>
      {!isTerminal(run.status) && <Kill run={run} kill={sandbox.kill} />}
    </>
  )
}

function Kill({ run, kill }: { run: RunBody; kill: SandboxBody['kill'] }) {
  const [open, setOpen] = useState(false)
  const why = useId()
  return (
    <div className={css.kill}>
      <Button
        variant="danger"
        disabled={!kill.allowed}
        aria-describedby={kill.why === null ? undefined : why}
        onClick={() => setOpen(true)}
      >
        {words.kill.open}
      </Button>
      {kill.why !== null && (
        <p id={why} className={css.why}>
          {kill.why}
        </p>
      )}
      {open && <KillDialog run={run} onClose={() => setOpen(false)} />}
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
