/**
 * The badge of a Run: one small picture that says in a word how the last Run of an issue or a repository went. No ids
 * and no clip paths, so that two of them inlined in one page do not clash (surfaces.md 1.10).
 */
import { statusView } from '../contracts/status.ts'
import type { StatusView } from '../contracts/status.ts'
import type { Run } from './run.ts'

export interface Badge {
  label: string
  message: string
  /** `#rrggbb`; white text on it has a contrast of at least 4.5:1. */
  color: string
}

const LABEL = 'agent'
const LABEL_COLOR = '#24292f'
const GREY = '#57606a'
export const badgeColors: Record<StatusView['key'], string> = {
  queued: GREY,
  running: '#0969da',
  paused: '#8a5a00',
  waiting: '#8a5a00',
  succeeded: '#1a7f37',
  failed: '#cf222e',
  cancelled: GREY,
  timed_out: '#a40e26',
}

/** The badge of a Run; null where there is none, or none that the reader may know of. */
export function badgeOf(run: Run | null): Badge {
  if (!run) return { label: LABEL, message: 'none', color: GREY }
  const { key, word } = statusView(run.status, run.reason)
  const pull = run.pullRequest ? ` #${run.pullRequest.number}` : run.dryRun ? ' (dry run)' : ''
  return { label: LABEL, message: `${word.toLowerCase()}${pull}`, color: badgeColors[key] }
}

/** The shields endpoint schema. */
export const badgeJson = ({ label, message, color }: Badge) => ({ schemaVersion: 1 as const, label, message, color })

const HEIGHT = 20
const PADDING = 6
const FONT = 'Verdana,Geneva,DejaVu Sans,sans-serif'
/** Advance widths at 11 px, good to a pixel a word; `textLength` makes every font keep to them. */
const NARROW = /[fijlrt .,:]/
const WIDE = /[mwMW]/
const widthOf = (text: string): number =>
  Array.from(text).reduce((sum, c) => sum + (NARROW.test(c) ? 4.5 : WIDE.test(c) ? 10 : 7), 0)

/** About 500 bytes of SVG, 20 px high. */
export function badgeSvg({ label, message, color }: Badge): string {
  const [left, right] = [label, message].map((text) => Math.round(widthOf(text)) + 2 * PADDING) as [number, number]
  const title = `${escape(label)}: ${escape(message)}`
  const word = (x: number, width: number, text: string): string =>
    `<text x="${x}" y="14" textLength="${width - 2 * PADDING}">${escape(text)}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<path fill="${LABEL_COLOR}" d="M0 0h${left}v${HEIGHT}H0z"/>`,
    `<path fill="${color}" d="M${left} 0h${right}v${HEIGHT}H${left}z"/>`,
    `<g fill="#fff" font-family="${FONT}" font-size="11">`,
    word(PADDING, left, label),
    word(left + PADDING, right, message),
    '</g></svg>',
  ].join('')
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
