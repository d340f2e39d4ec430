/** Says a sentence politely when it comes to stand on the page, and again when it changes. */
import { useEffect } from 'react'

import { announce } from './Announcer.tsx'

export function useAnnounced(text: string | null): void {
  useEffect(() => {
    if (text !== null) announce(text)
  }, [text])
}
