/** Kinds of something as radios: the one that the server takes, and why each of the others cannot be chosen. */
import { Radio } from '@primer/react'
import { useId } from 'react'

import type { RepositoryBody } from '#contracts/browse.ts'

import { repositoryWords } from '../../words/browse.ts'
import css from './Repository.module.css'

export interface KindsProps {
  /** Groups the radios. */
  name: string
  legend: string
  kinds: readonly {
    name: string
    title: string
    about: string
    chosen: boolean
    /** Why it cannot be chosen. */
    why: string
  }[]
}

/** The reasons stand outside of what is disabled, so that they are as readable as everything else. */
export function Kinds({ name: group, legend, kinds }: KindsProps) {
  const id = useId()
  return (
    <fieldset className={css.kinds}>
      <legend className={css.hint}>{legend}</legend>
      {kinds.map(({ name, title, about, chosen, why }) => (
        <div key={name} className={css.kind}>
          <Radio
            id={`${id}${name}`}
            name={group}
            value={name}
            checked={chosen}
            readOnly
            disabled={!chosen}
            aria-describedby={`${id}${name}-why`}
          />
          <div>
            <label htmlFor={`${id}${name}`}>{title}</label>
            <p id={`${id}${name}-why`} className={css.hint}>
              {about} {chosen ? '' : why}
            </p>
          </div>
        </div>
      ))}
    </fieldset>
  )
}

/** The kinds of sandboxes, each with a reason: one that could be had is not the one that is chosen. */
export function sandboxKinds(kinds: RepositoryBody['sandboxes']): KindsProps['kinds'] {
  return kinds.map((kind) => ({ ...kind, why: kind.why ?? repositoryWords.settings.notChosen }))
}
