import { expect, test } from 'vitest'

import { probe } from './probe.ts'
import type { NegativeProbe, ProbeOutcome } from './probe.ts'

const attack = (name: string, row: number, outcome: () => Promise<ProbeOutcome>): NegativeProbe => ({
  name,
  row,
  attack: outcome,
})

test('each outcome is told, one that was let in is an error, and a probe that breaks stops no other', async () => {
  const told: [string, ProbeOutcome][] = []
  const lines: [string, object, string][] = []
  const note = (level: string) => (facts: object, text: string) => void lines.push([level, facts, text])
  const broken = new Error('no chance left')
  await probe({
    probes: [
      attack('first', 1, async () => 'refused'),
      attack('second', 14, () => Promise.reject(broken)),
      attack('third', 17, async () => 'let_in'),
    ],
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    told: (name, outcome) => void told.push([name, outcome]),
  })
  expect(told).toEqual([
    ['first', 'refused'],
    ['second', 'unknown'],
    ['third', 'let_in'],
  ])
  expect(lines).toEqual([
    ['warn', { probe: 'second', err: broken }, 'negative_probe_failed'],
    ['error', { probe: 'third', row: 17 }, 'security event: negative probe let in'],
  ])
})
