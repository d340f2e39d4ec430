/** The shortcuts that work here and now, and the switch that turns single keys off (WCAG 2.1.4). */
import { Checkbox, Dialog, FormControl } from '@primer/react'
import { useMemo } from 'react'

import { words } from '../words.ts'
import { allCommands } from './registry.ts'
import css from './Commands.module.css'
import { Keys } from './Keys.tsx'

export interface ShortcutSheetProps {
  enabled: boolean
  onEnable: (on: boolean) => void
  onClose: () => void
}

export function ShortcutSheet({ enabled, onEnable, onClose }: ShortcutSheetProps) {
  const commands = useMemo(allCommands, [])
  return (
    <Dialog title={words.commands.sheetTitle} width="large" onClose={onClose}>
      <dl className={css.sheet}>
        {commands.map(
          ({ id, title, keys }) =>
            keys && (
              <div key={id} className={css.shortcut}>
                <dt>{title}</dt>
                <dd>
                  <Keys keys={keys} />
                </dd>
              </div>
            ),
        )}
        <div className={css.shortcut}>
          <dt>{words.commands.confirm}</dt>
          <dd>
            <Keys keys="mod+Enter" />
          </dd>
        </div>
      </dl>
      <FormControl>
        <Checkbox checked={enabled} onChange={(event) => onEnable(event.target.checked)} />
        <FormControl.Label>{words.commands.single}</FormControl.Label>
        <FormControl.Caption>{words.commands.singleHint}</FormControl.Caption>
      </FormControl>
    </Dialog>
  )
}
