/** Context packs in their order. With buttons, or with Alt and an arrow, each can be moved; the focus goes with it. */
import { ArrowDownIcon, ArrowUpIcon, XIcon } from '@primer/octicons-react'
import { IconButton } from '@primer/react'
import { type KeyboardEvent, useEffect, useRef } from 'react'

import { announceNow } from '../../ui/Announcer.tsx'
import { onboardingWords } from '../../words/onboarding.ts'
import css from './Onboarding.module.css'

const text = onboardingWords.reading

export interface PackListProps {
  packs: readonly string[]
  /** Null where they cannot be changed. */
  onChange: ((packs: readonly string[]) => void) | null
}

export function PackList({ packs, onChange }: PackListProps) {
  const list = useRef<HTMLOListElement>(null)
  // A row that is put elsewhere loses the focus in some browsers.
  const focusNext = useRef<{ at: number; act: string } | null>(null)
  useEffect(() => {
    const next = focusNext.current
    focusNext.current = null
    if (next) list.current?.children[next.at]?.querySelector<HTMLElement>(`[data-act="${next.act}"]`)?.focus()
  }, [packs])
  if (packs.length === 0) return <p className={css.muted}>{text.noPacks}</p>
  const move = (at: number, by: -1 | 1, act: string) => {
    const ref = packs[at]
    const to = at + by
    if (!onChange || ref === undefined || to < 0 || to >= packs.length) return
    focusNext.current = { at: to, act }
    onChange(packs.toSpliced(at, 1).toSpliced(to, 0, ref))
    announceNow(text.moved(ref, to + 1, packs.length))
  }
  const remove = (at: number) => {
    focusNext.current = { at: Math.min(at, packs.length - 2), act: 'remove' }
    onChange?.(packs.toSpliced(at, 1))
    announceNow(text.removed(packs[at]!))
  }
  return (
    <>
      {onChange && <p className={css.muted}>{text.packsHint}</p>}
      <ol ref={list} aria-label={text.packs} className={css.packs}>
        {packs.map((ref, at) => (
          <li key={ref} className={css.pack}>
            <code className={css.ref}>{ref}</code>
            {onChange && (
              <PackButtons
                packRef={ref}
                first={at === 0}
                last={at === packs.length - 1}
                onMove={(by, act) => move(at, by, act)}
                onRemove={() => remove(at)}
              />
            )}
          </li>
        ))}
      </ol>
    </>
  )
}

interface PackButtonsProps {
  packRef: string
  first: boolean
  last: boolean
  onMove: (by: -1 | 1, act: string) => void
  onRemove: () => void
}

function PackButtons({ packRef, first, last, onMove, onRemove }: PackButtonsProps) {
  const button = (act: 'up' | 'down' | 'remove', inactive: boolean, press: () => void) =>
    ({
      size: 'small',
      variant: 'invisible',
      'aria-label': text[act](packRef),
      'data-act': act,
      inactive,
      onClick: inactive ? undefined : press,
      onKeyDown: (event: KeyboardEvent) => {
        const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : null
        if (!event.altKey || by === null) return
        event.preventDefault()
        onMove(by, act)
      },
    }) as const
  return (
    <span className={css.acts}>
      <IconButton icon={ArrowUpIcon} {...button('up', first, () => onMove(-1, 'up'))} />
      <IconButton icon={ArrowDownIcon} {...button('down', last, () => onMove(1, 'down'))} />
      <IconButton icon={XIcon} {...button('remove', false, onRemove)} />
    </span>
  )
}
