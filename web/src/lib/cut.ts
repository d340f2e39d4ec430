/** A text for a place that has room for the beginning of it only. Pure. */

/** At most `max` characters as people count them; what was cut shows as an ellipsis. */
export function cutTo(text: string, max: number): { shown: string; isCut: boolean } {
  // No character takes more than two, so what lies beyond need not be taken apart.
  const characters = Array.from(text.slice(0, 2 * max + 2))
  if (characters.length <= max) return { shown: text, isCut: false }
  return { shown: `${characters.slice(0, max).join('')}…`, isCut: true }
}
