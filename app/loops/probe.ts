/**
 * Attacks this installation from outside, again and again, and says when one is let in (trust.md, goal of the attack
 * table). Tests show that the code refuses; this shows it of what really runs, with its proxy, its settings and its keys.
 */
import type { Log } from '../perform/perform.ts'

/** `unknown`: nothing was learned, because nothing could be tried or no clear answer came. */
export type ProbeOutcome = 'refused' | 'let_in' | 'unknown'

export interface NegativeProbe {
  /** A word for metrics and the log. */
  readonly name: string
  /** The row of the attack table in trust.md. */
  readonly row: number
  readonly attack: () => Promise<ProbeOutcome>
}

export interface ProbeDeps {
  probes: readonly NegativeProbe[]
  log: Log
  told: (probe: string, outcome: ProbeOutcome) => void
}

/** Every probe once, one after the other. A probe that breaks has learned nothing, and the others go on. */
export async function probe({ probes, log, told }: ProbeDeps): Promise<void> {
  for (const { name, row, attack } of probes) {
    const outcome = await attack().catch((err: unknown): ProbeOutcome => {
      log.warn({ probe: name, err }, 'negative_probe_failed')
      return 'unknown'
    })
    told(name, outcome)
    if (outcome === 'let_in') log.error({ probe: name, row }, 'security event: negative probe let in')
  }
}
