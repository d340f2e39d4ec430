/** A port that is kept for somebody is given up at once, also when a webhook has knocked there meanwhile. */
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'

import { expect, onTestFinished, test } from 'vitest'

import { freePort, holdPort } from './ports.ts'

test('whoever connects to a held port is sent away, and the port is free as soon as it is released', async () => {
  const held = await holdPort(0)
  const early = connect(held.port, '127.0.0.1')
  onTestFinished(() => void early.destroy())
  const sentAway = new Promise<void>((resolve) => early.once('close', () => resolve()).once('error', () => {}))
  early.write('POST /api/github/webhooks HTTP/1.1\r\n')
  await sentAway
  await held.release()
  const next = await holdPort(held.port)
  onTestFinished(() => next.release())
  expect(next.port).toBe(held.port)
})

test('a free port is none that a connection of somebody else could be given meanwhile', async () => {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '49152 65535')
  const [first] = range.split(/\s+/).map(Number)
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort(0)))
  expect(Math.max(...ports)).toBeLessThan(first!)
})
