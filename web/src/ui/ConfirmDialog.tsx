/** What asks before something is done: the safe answer has the focus, and ⌘ or Ctrl with Enter gives the other. */
import { Dialog } from '@primer/react'
import type { KeyboardEvent, ReactNode, RefObject } from 'react'

export interface ConfirmDialogProps {
  title: string
  /** The button that leaves all as it is. */
  keep: string
  confirm: { content: string; buttonType: 'primary' | 'danger' }
  onConfirm: () => void
  onClose: () => void
  returnFocusRef?: RefObject<HTMLElement | null>
  children: ReactNode
}

/** ⌘ or Ctrl with Enter. Caught on the way down: the button that has the focus would take Enter for its own. */
export const confirmKey = (onConfirm: () => void) => (event: KeyboardEvent) => {
  if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
  event.preventDefault()
  event.stopPropagation()
  onConfirm()
}

export function ConfirmDialog({ title, keep, confirm, onConfirm, onClose, children, ...focus }: ConfirmDialogProps) {
  return (
    <div onKeyDownCapture={confirmKey(onConfirm)}>
      <Dialog
        role="alertdialog"
        title={title}
        width="large"
        onClose={onClose}
        {...focus}
        footerButtons={[
          { content: keep, onClick: onClose, autoFocus: true },
          { ...confirm, onClick: onConfirm },
        ]}
      >
        {children}
      </Dialog>
    </div>
  )
}
