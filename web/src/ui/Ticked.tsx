/** A sentence of ours whose code stands between backticks, as it is written for GitHub too. */
export function Ticked({ text }: { text: string }) {
  // Every second part stood between two ticks; one without a partner is shown as it is.
  const parts = text.split('`')
  if (parts.length % 2 === 0) return text
  return parts.map((part, index) => (index % 2 === 1 ? <code key={`${index} ${part}`}>{part}</code> : part))
}
