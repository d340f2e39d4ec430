/**
 * The performance gate: ratios to peers against those that docs/performance.md records. Rates of one machine say little
 * about another, so nothing else is compared.
 */
import type { Row } from './bench.ts'

/** A ratio may be worse by this part before the gate fails; what is less is noise. */
const WORSE_MAX = 0.15

/** What got worse, a sentence each; `page` is docs/performance.md as it was committed. */
export function worseThan(page: string, rows: readonly Row[]): string[] {
  return rows.flatMap(({ what, ratio }) => {
    const recorded = ratio && recordedRatio(page, what)
    if (!recorded) return []
    const worse = ratio.better === 'more' ? 1 - ratio.value / recorded : ratio.value / recorded - 1
    if (worse <= WORSE_MAX) return []
    return [
      `${what}: ${ratio.value.toPrecision(3)} × where ${recorded} × is recorded, worse by ${Math.round(worse * 100)} %`,
    ]
  })
}

function recordedRatio(page: string, what: string): number | null {
  const cells = page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find((line) => line[1] === what)
  const found = /^([\d.,]+) ×/.exec(cells?.[2] ?? '')?.[1]
  return found ? Number(found.replaceAll(',', '')) : null
}
