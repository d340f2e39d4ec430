/** "Did you mean": the nearest of a few known words, by edits and swaps of neighbours. */

const DISTANCE_MAX = 2
const WORD_CHARS_MAX = 40

/** The known word within two edits (one for words of up to five letters), or null. Earlier ones win ties. */
export function closest(word: string, known: readonly string[]): string | null {
  const given = word.toLowerCase()
  if (given.length > WORD_CHARS_MAX) return null
  const scored = known.map((candidate) => ({ candidate, edits: distance(given, candidate) }))
  const best = scored.toSorted((a, b) => a.edits - b.edits)[0]
  return best && best.edits <= Math.min(DISTANCE_MAX, Math.max(1, Math.floor(given.length / 3))) ? best.candidate : null
}

/** Optimal string alignment distance (Damerau-Levenshtein without overlapping swaps). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = above
    above = row
  }
  return above[b.length]!
}
