/** Listens to the keyboard for the whole page, and opens the command menu and the sheet of shortcuts. */
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'

import { choose, usePreferences } from '../lib/preferences.ts'
import { words } from '../words.ts'
import { allCommands, pressed, useCommands } from './registry.ts'

const SEQUENCE_MS_MAX = 1_500
/** What takes letters for itself; a box that is ticked takes none. */
const FIELDS = 'input:not([type="checkbox"]), textarea, select, [contenteditable], [role="menu"], [role="listbox"]'
const DIALOGS = '[role="dialog"], [role="alertdialog"]'

const Menu = lazy(() => import('./CommandMenu.tsx').then((module) => ({ default: module.CommandMenu })))
const Sheet = lazy(() => import('./ShortcutSheet.tsx').then((module) => ({ default: module.ShortcutSheet })))

export function Shortcuts() {
  const navigate = useNavigate()
  const [open, setOpen] = useState<'menu' | 'sheet' | null>(null)
  const { shortcuts: enabled } = usePreferences()
  useCommands([
    { id: 'go.runs', title: words.commands.goRuns, keys: 'g r', run: () => void navigate({ to: '/runs' }) },
    { id: 'go.issues', title: words.commands.goIssues, keys: 'g i', run: () => void navigate({ to: '/issues' }) },
    { id: 'go.agents', title: words.commands.goAgents, keys: 'g a', run: () => void navigate({ to: '/agents' }) },
    { id: 'go.settings', title: words.commands.goSettings, keys: 'g s', run: () => void navigate({ to: '/settings' }) },
    { id: 'search', title: words.commands.search, keys: '/', run: focusSearch },
    { id: 'menu', title: words.commands.menu, keys: 'mod+k', run: () => setOpen('menu') },
    { id: 'sheet', title: words.commands.sheet, keys: '?', run: () => setOpen('sheet') },
  ])
  useKeys(enabled)
  const close = () => setOpen(null)
  return (
    <Suspense>
      {open === 'menu' && <Menu onClose={close} />}
      {open === 'sheet' && <Sheet enabled={enabled} onEnable={(shortcuts) => choose({ shortcuts })} onClose={close} />}
    </Suspense>
  )
}

/** Single keys are for pages: not while typing, not while a dialog asks something, and not for who switched them off. */
function useKeys(enabled: boolean): void {
  useEffect(() => {
    let typed = ''
    let atMs = 0
    const onKeyDown = (event: KeyboardEvent) => {
      const mod = event.metaKey || event.ctrlKey
      const target = event.target instanceof Element ? event.target : null
      if (event.defaultPrevented || event.altKey || event.isComposing || document.querySelector(DIALOGS)) return
      if (!mod && (!enabled || target?.closest(FIELDS))) return
      if (event.timeStamp - atMs > SEQUENCE_MS_MAX) typed = ''
      const found = pressed(typed, mod ? `mod+${event.key.toLowerCase()}` : event.key, allCommands())
      typed = found.typed
      atMs = event.timeStamp
      if (!found.command) return
      event.preventDefault()
      found.command.run()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [enabled])
}

/** The page's own search, where it has one. */
function focusSearch(): void {
  const find = (selector: string) => document.querySelector<HTMLElement>(selector)
  const field = find('main [data-search]') ?? find('[data-search]')
  field?.focus()
}
