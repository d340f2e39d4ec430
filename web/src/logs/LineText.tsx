/** The text of a log line: with its colours, or while searching with what was found marked. */
import Anser from 'anser'
import { Fragment } from 'react'

import { pattern } from './book.ts'
import css from './Logs.module.css'

export interface LineTextProps {
  /** As it was written; may hold colours. */
  text: string
  plain: string
  query: string
}

export function LineText({ text, plain, query }: LineTextProps) {
  if (query !== '') return <Found text={plain} query={query} />
  if (text === plain) return text
  return Anser.ansiToJson(text, { json: true, remove_empty: true, use_classes: true }).map((part, index) => (
    <span key={index} className={classOf(part)}>
      {part.content}
    </span>
  ))
}

function Found({ text, query }: { text: string; query: string }) {
  const parts = text.split(pattern(query))
  const found = [...text.matchAll(pattern(query, 'gi'))].map(([match]) => match)
  return parts.map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <mark>{found[index - 1]}</mark>}
      {part}
    </Fragment>
  ))
}

/** Sixteen colours by name; the agent's choice of others, and of backgrounds, could not be read in both themes. */
function classOf({ fg, decorations }: Anser.AnserJsonEntry): string {
  const colour = /^ansi-(?:bright-)?(\w+)$/.exec(fg ?? '')?.[1]
  const names = [colour && css[colour], ...decorations.map((name) => css[name])]
  return names.filter(Boolean).join(' ')
}
