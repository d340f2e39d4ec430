/** Says it politely when a Run changes its state while the page is open. */
import { useEffect, useRef } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { words } from '../words.ts'
import { announce } from './Announcer.tsx'
import { viewOf } from './StatusLabel.tsx'

export function useAnnounceStatus(run: RunBody | undefined): void {
  const said = useRef<string | undefined>(undefined)
  const key = run && `${run.id} ${viewOf(run).word}`
  const text = run && words.run.announce(viewOf(run).word, run.pullRequest?.number ?? null)
  useEffect(() => {
    if (key === undefined || text === undefined) return
    if (said.current !== undefined && said.current !== key) announce(text)
    said.current = key
  }, [key, text])
}
