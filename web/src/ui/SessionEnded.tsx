/** The session ended while the page was open: what is shown stays, and signing in comes back to the same address. */
import { Dialog } from '@primer/react'
import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { loginHref } from '../api.ts'
import { sessionQuery } from '../queries.ts'
import { useSessionEnded } from '../session.ts'
import { words } from '../words.ts'

export function SessionEnded({ loginUrl }: { loginUrl: string }) {
  const ended = useSessionEnded()
  const [closed, setClosed] = useState(false)
  const { href, pathname } = useLocation()
  const client = useQueryClient()
  useEffect(() => {
    // Read now, so that signing in again elsewhere is seen as the change that it is.
    if (ended) void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
    else setClosed(false)
  }, [client, ended])
  if (!ended || closed || pathname === '/login') return null
  return (
    <Dialog
      role="alertdialog"
      title={words.ended.title}
      width="large"
      onClose={() => setClosed(true)}
      footerButtons={[
        { content: words.ended.close, onClick: () => setClosed(true) },
        {
          content: words.ended.button,
          buttonType: 'primary',
          autoFocus: true,
          onClick: () => window.location.assign(loginHref(loginUrl, href)),
        },
      ]}
    >
      {words.ended.text}
    </Dialog>
  )
}
