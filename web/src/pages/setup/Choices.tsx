/** Settings that the environment does not have and set-up can bring. */
import { FormControl, Select, TextInput } from '@primer/react'

import type { SetupChoice, SetupChoices } from '#contracts/setup.ts'

import { setupWords } from '../../words/setup.ts'
import { complaintsOf } from './complaints.ts'
import css from './Setup.module.css'

export interface ChoicesProps {
  asks: readonly SetupChoice[]
  choices: SetupChoices
  /** What the app said last about these, and other, values. */
  refused: Error | null
  onChange: (choices: SetupChoices) => void
}

export function Choices({ asks, choices, refused, onChange }: ChoicesProps) {
  const complaints = complaintsOf(refused).at
  const local = choices.SANDBOX_PROVIDER === 'local'
  const shown = asks.filter((name) => name !== 'E2B_API_KEY' || !local)
  return (
    <div className={css.form}>
      {shown.map((name) => {
        const { label, caption } = setupWords.choices[name]
        const set = (value: string) => onChange({ ...choices, [name]: value })
        return (
          <FormControl key={name}>
            <FormControl.Label>{label}</FormControl.Label>
            {name === 'SANDBOX_PROVIDER' ? (
              <Select value={choices[name] ?? 'e2b'} onChange={(event) => set(event.target.value)}>
                {Object.entries(setupWords.providers).map(([value, word]) => (
                  <Select.Option key={value} value={value}>
                    {word}
                  </Select.Option>
                ))}
              </Select>
            ) : (
              <TextInput
                block
                type={name === 'E2B_API_KEY' ? 'password' : 'text'}
                autoComplete="off"
                value={choices[name] ?? ''}
                onChange={(event) => set(event.target.value)}
              />
            )}
            {complaints.has(label) && (
              <FormControl.Validation variant="error">{complaints.get(label)}</FormControl.Validation>
            )}
            {caption && <FormControl.Caption>{caption}</FormControl.Caption>}
          </FormControl>
        )
      })}
    </div>
  )
}
