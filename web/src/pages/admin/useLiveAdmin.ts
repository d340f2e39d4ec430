/** Reads what the admin pages show again soon after a Run has moved; many that move together are one reading. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { subscribe } from '../../live/subscribe.ts'

const READ_AGAIN_MS = 500

export function useLiveAdmin(what: 'overview' | 'sandboxes'): void {
  const client = useQueryClient()
  useEffect(() => {
    let timer: number | undefined
    const read = { queryKey: ['admin', what], type: 'active' } as const
    const leave = subscribe('runs', async (event) => {
      if (event.type === 'refresh') {
        await client.refetchQueries(read, { throwOnError: true })
        return
      }
      timer ??= window.setTimeout(() => {
        timer = undefined
        void client.refetchQueries(read)
      }, READ_AGAIN_MS)
    })
    return () => {
      leave()
      window.clearTimeout(timer)
    }
  }, [client, what])
}
