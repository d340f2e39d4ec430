/** Cancel, kill, the runner's signals and the deadline: each ends the job in its own way, and never without the sandbox. */
import { expect, test } from 'vitest'

import { testWorld } from '../../test/support/run-agent/world.ts'

test('a cancel on the control stream stops the agent between its steps', async () => {
  await using t = await testWorld({ instructions: 'stub: slow 60000' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('cancel')
  expect(await job).toBe(0)
  expect(t.app.types.slice(-2)).toEqual(['sandbox.destroyed', 'executor.finished'])
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'cancelled' })
  expect(t.app.types).not.toContain('agent.failed')
  expect(t.printed()).toContain('::notice title=Cancelled')
})

test('a cancel is heard in the answer to a callback when there is no control stream', async () => {
  await using t = await testWorld()
  t.app.fault = ({ route, type }) => {
    if (type === 'sandbox.acquired') t.app.wanted = 'cancel'
    return route === 'control' ? 503 : undefined
  }
  expect(await t.run()).toBe(0)
  expect(t.app.types).not.toContain('agent.started')
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'cancelled' })
  expect(t.sandboxes.destroyed).toEqual(['sb-1'])
})

test('a heartbeat carries the cancel, too, and lengthens the life of the sandbox', async () => {
  await using t = await testWorld({
    instructions: 'stub: slow 60000',
    answer: (answer) => ({ ...answer, limits: { ...answer.limits, heartbeatMs: 50 } }),
  })
  t.app.fault = ({ route }) => {
    if (route === 'heartbeat' && t.app.heartbeats.at(-1)?.phase === 'executing') t.app.wanted = 'cancel'
    return route === 'control' ? 503 : undefined
  }
  expect(await t.run()).toBe(0)
  expect(t.app.heartbeats.some((beat) => beat.phase === 'executing')).toBe(true)
  expect(t.sandboxes.extended[0]).toBe(120_000)
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'cancelled' })
})

test('a provider that does not answer holds up no heartbeat: it is asked once at a time, and its failure is told', async () => {
  await using t = await testWorld({
    answer: (answer) => ({ ...answer, limits: { ...answer.limits, heartbeatMs: 20 } }),
  })
  const silent = Promise.withResolvers<void>()
  t.sandboxes.extending = () => silent.promise
  const { agentFor } = t.world
  let asked = 0
  t.world.agentFor = async (name) => {
    for (let beats = 0; beats < 4; beats++) await t.app.until('heartbeat')
    asked = t.sandboxes.extended.length
    const again = Promise.withResolvers<void>()
    t.sandboxes.extending = () => Promise.resolve(again.resolve())
    silent.reject(new Error('the provider is silent'))
    await again.promise
    return agentFor(name)
  }
  expect(await t.run()).toBe(0)
  expect(asked).toBe(1)
  const told = "The sandbox's life could not be lengthened: the provider is silent"
  expect(t.app.logs.filter(({ level, text }) => level === 'warn' && text === told)).toHaveLength(1)
})

test('an agent that ignores the cancel is ended after the grace', async () => {
  await using t = await testWorld({ instructions: 'stub: hang' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('cancel')
  expect(await job).toBe(0)
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'cancelled' })
})

test('a kill destroys the sandbox at once, and after it only the end of the sandbox is signed', async () => {
  await using t = await testWorld({ instructions: 'stub: hang' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('kill')
  expect(await job).toBe(0)
  expect(t.app.types.at(-1)).toBe('sandbox.destroyed')
  expect(t.app.types).not.toContain('executor.finished')
  expect(t.sandboxes.destroyed).toEqual(['sb-1'])
})

test('a kill while reports are waiting drops them: the next number is the end of the sandbox', async () => {
  await using t = await testWorld({ instructions: 'stub: hang' })
  let down = false
  t.app.fault = ({ route, type }) => {
    if (type === 'agent.started') down = true
    return route === 'events' && down ? 503 : undefined
  }
  const job = t.run()
  await Promise.all([t.app.until('workspace.prepared'), t.app.until('control'), t.app.until('logs')])
  t.app.control('kill')
  down = false
  t.app.fault = () => undefined
  expect(await job).toBe(0)
  expect(t.app.types.at(-1)).toBe('sandbox.destroyed')
  expect(t.app.types.filter((type) => type.startsWith('agent.')).length).toBeLessThan(2)
})

test('a control stream that breaks is opened again, with a fresh token', async () => {
  await using t = await testWorld({ instructions: 'stub: slow 60000' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  const again = t.app.until('control')
  t.app.dropStreams()
  await again
  t.app.control('cancel')
  expect(await job).toBe(0)
  expect(t.app.calls('control')).toBe(2)
})

test('a Run that was cancelled before the bind never gets a sandbox', async () => {
  await using t = await testWorld({ answer: (answer) => ({ ...answer, wanted: 'cancel' }) })
  expect(await t.run()).toBe(0)
  expect(t.app.types).toEqual(['executor.started', 'executor.finished'])
  expect(t.sandboxes.acquired).toEqual([])
})

test('when the runner asks the job to stop, everything is over within seven seconds', async () => {
  await using t = await testWorld({ instructions: 'stub: hang' })
  const job = t.run()
  await t.app.until('agent.progressed')
  const start = performance.now()
  t.stopSignal()
  expect(await job).toBe(0)
  expect(performance.now() - start).toBeLessThan(7_000)
  expect(t.sandboxes.destroyed).toEqual(['sb-1'])
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'cancelled' })
})

test('the deadline of the Run ends the agent and is reported as such', async () => {
  const runDeadlineAt = new Date(Date.now() + 6_500).toISOString()
  await using t = await testWorld({
    instructions: 'stub: hang',
    answer: (answer) => ({ ...answer, limits: { ...answer.limits, runDeadlineAt } }),
  })
  expect(await t.run()).toBe(75)
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'failed', reason: 'run_timeout' })
})
