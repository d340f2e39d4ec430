/** Copies a text, or the address of what it stands beside, and shows for a moment how that went. */
import { CopyIcon, LinkIcon } from '@primer/octicons-react'
import { IconButton } from '@primer/react'

import { useCopy } from './copy.ts'

export interface CopyButtonProps {
  value: string
  label: string
  /** `link`: the value is an address of this app, without its origin. */
  kind?: 'text' | 'link'
}

export function CopyButton({ value, label, kind = 'text' }: CopyButtonProps) {
  const { said, copy } = useCopy()
  const icon = kind === 'link' ? LinkIcon : CopyIcon
  const text = () => (kind === 'link' ? new URL(value, window.location.origin).href : value)
  return (
    <>
      <IconButton icon={icon} size="small" variant="invisible" aria-label={label} onClick={() => copy(text())} />{' '}
      {/* The one polite region of the page says it, too. */}
      {said !== null && <span aria-hidden="true">{said}</span>}
    </>
  )
}
