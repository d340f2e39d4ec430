/** `j` and `k` in lists: they move the focus from row to row; Enter then opens what has it. */
import { words } from '../words.ts'
import { useCommands } from './registry.ts'

/** `links` selects the link of each row, in order. */
export function useRowKeys(links: string): void {
  useCommands([
    { id: 'list.next', title: words.commands.nextRow, keys: 'j', run: () => focusRow(links, 1) },
    { id: 'list.previous', title: words.commands.previousRow, keys: 'k', run: () => focusRow(links, -1) },
  ])
}

function focusRow(links: string, step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(links)]
  const at = rows.findIndex((link) => link.closest('tr, li')?.contains(document.activeElement))
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus()
}
