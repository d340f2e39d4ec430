/** ⌘K: type a few letters of what to do, and Enter does it. */
import { Dialog, TextInput } from '@primer/react'
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react'

import { words } from '../words.ts'
import { allCommands, type Command, search } from './registry.ts'
import css from './Commands.module.css'
import { Keys } from './Keys.tsx'

export function CommandMenu({ onClose }: { onClose: () => void }) {
  const id = useId()
  const commands = useMemo(() => allCommands().filter(({ id: name }) => name !== 'menu'), [])
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const found = search(commands, query)
  const chosen = found[Math.min(at, found.length - 1)]
  const run = (command: Command) => {
    onClose()
    // First the dialog gives the focus back; the command may want it elsewhere.
    window.setTimeout(command.run)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setAt((now) => (Math.min(now, found.length - 1) + step + found.length) % found.length)
    } else if (event.key === 'Enter' && chosen) {
      event.preventDefault()
      run(chosen)
    }
  }
  return (
    <Dialog title={words.commands.title} width="large" onClose={onClose} initialFocusRef={input}>
      <TextInput
        block
        ref={input}
        role="combobox"
        aria-label={words.commands.query}
        aria-expanded
        aria-autocomplete="list"
        aria-controls={id}
        aria-activedescendant={chosen && `${id}-${chosen.id}`}
        placeholder={words.commands.query}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={id} role="listbox" aria-label={words.commands.title} className={css.list}>
        {found.map((command) => (
          <li
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={command === chosen}
            className={css.option}
            onClick={() => run(command)}
          >
            {command.title}
            {command.keys && <Keys keys={command.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={css.none}>{words.commands.none}</p>}
    </Dialog>
  )
}
