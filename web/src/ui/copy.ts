/** Copying to the clipboard, and saying how it went: otherwise nothing on the page would change by it. */
import { useEffect, useState } from 'react'

import { words } from '../words.ts'
import { announceNow } from './Announcer.tsx'

const SHOWN_MS = 2_000

/** Copies and says whether it was done; `show` is for those who can see it. */
export function copy(text: string, show: (said: string) => void = () => {}): void {
  void tell(text, show)
}

export interface Copying {
  /** To be shown for a moment where the copy button is; null most of the time. */
  said: string | null
  copy: (text: string) => void
}

/** For a button that copies. */
export function useCopy(): Copying {
  const [said, setSaid] = useState<string | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = window.setTimeout(() => setSaid(null), SHOWN_MS)
    return () => window.clearTimeout(timer)
  }, [said])
  return { said, copy: (text) => copy(text, setSaid) }
}

async function tell(text: string, show: (said: string) => void): Promise<void> {
  const said = (await write(text)) ? words.run.copied : words.run.notCopied
  announceNow(said)
  show(said)
}

/** A page that did not come over HTTPS has no clipboard, and a browser may refuse to give it. */
async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
