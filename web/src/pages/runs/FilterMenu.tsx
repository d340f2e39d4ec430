/** One of the menus over a list: its button says what is chosen, its items choose one or several. */
import { ActionList, ActionMenu } from '@primer/react'

import { runsWords } from '../../words/runs.ts'

export interface FilterMenuProps {
  name: string
  /** The word for no choice at all. */
  any: string
  options: readonly { value: string; word: string }[]
  chosen: readonly string[]
  several?: boolean
  onChoose: (values: string[]) => void
}

export function FilterMenu({ name, any, options, chosen, several = false, onChoose }: FilterMenuProps) {
  // What the address says is always there to be seen, also before the choices are known.
  const unknown = chosen.filter((value) => !options.some((option) => option.value === value))
  const all = [...options, ...unknown.map((value) => ({ value, word: value }))]
  const said = all.filter(({ value }) => chosen.includes(value)).map(({ word }) => word)
  const toggled = (value: string) => {
    if (!several) return [value]
    return chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]
  }
  return (
    <ActionMenu>
      <ActionMenu.Button>{said.length === 0 ? name : runsWords.chosen(name, said.join(', '))}</ActionMenu.Button>
      <ActionMenu.Overlay maxHeight="medium" overflow="auto">
        <ActionList selectionVariant={several ? 'multiple' : 'single'} aria-label={name}>
          <ActionList.Item selected={said.length === 0} onSelect={() => onChoose([])}>
            {any}
          </ActionList.Item>
          {all.map(({ value, word }) => (
            <ActionList.Item
              key={value}
              selected={chosen.includes(value)}
              onSelect={(event) => {
                // More may be chosen, so the menu stays.
                if (several) event.preventDefault()
                onChoose(toggled(value))
              }}
            >
              {word}
            </ActionList.Item>
          ))}
        </ActionList>
      </ActionMenu.Overlay>
    </ActionMenu>
  )
}
