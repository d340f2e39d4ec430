/** Text of the API description: paragraphs, and what stands between backticks as code. Nothing else is markup. */
export function Prose({ text, className }: { text: string; className?: string | undefined }) {
  return text.split('\n\n').map((paragraph, index) => (
    <p key={index} className={className}>
      {paragraph.split('`').map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part))}
    </p>
  ))
}
