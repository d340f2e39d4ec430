/** What a tab read last, kept while the next version of it is being read or cannot be read. */
import { useRef } from 'react'

/** `key` says what it is about: what was read of something else is not shown. */
export function useLastRead<T>(key: string, data: T | undefined): T | undefined {
  const last = useRef<{ key: string; data: T } | null>(null)
  if (data !== undefined) last.current = { key, data }
  return last.current?.key === key ? last.current.data : undefined
}
