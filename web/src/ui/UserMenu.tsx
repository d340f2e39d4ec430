/** Who is signed in, and the way out. */
import { ActionList, ActionMenu, Avatar } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { SessionBody } from '#contracts/api.ts'

import { api } from '../api.ts'
import { sessionQuery } from '../queries.ts'
import { leaveSession } from '../session.ts'
import { words } from '../words.ts'
import css from './Shell.module.css'

/** The only foreign host that the pages' CSP takes pictures from; a GitHub Enterprise server's own are not shown. */
const PICTURES = 'https://avatars.githubusercontent.com/'

export function UserMenu({ user }: { user: NonNullable<SessionBody['user']> }) {
  const client = useQueryClient()
  const signOut = useMutation({
    mutationFn: () => api.signOut(),
    onSuccess: async () => {
      leaveSession()
      // Known already, also where reading the session fails now.
      client.setQueryData(sessionQuery.queryKey, (session) => session && { ...session, user: null })
      // Nothing that this person could read may stay behind on the screen.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
      await client.refetchQueries(sessionQuery)
    },
  })
  return (
    <ActionMenu>
      <ActionMenu.Anchor>
        <button type="button" className={css.userButton} aria-label={words.user.menu(user.login)}>
          <Picture user={user} />
        </button>
      </ActionMenu.Anchor>
      <ActionMenu.Overlay width="small" align="end">
        <ActionList>
          <ActionList.Group>
            <ActionList.GroupHeading>
              {words.user.signedInAs} {user.login}
            </ActionList.GroupHeading>
            {user.admin && <ActionList.Item disabled>{words.user.admin}</ActionList.Item>}
            <ActionList.LinkItem href="/docs/api">{words.user.apiDocs}</ActionList.LinkItem>
            <ActionList.Item onSelect={() => signOut.mutate()}>{words.user.signOut}</ActionList.Item>
          </ActionList.Group>
        </ActionList>
      </ActionMenu.Overlay>
    </ActionMenu>
  )
}

function Picture({ user: { login, avatarUrl } }: { user: NonNullable<SessionBody['user']> }) {
  const shown = avatarUrl.startsWith(PICTURES) || avatarUrl.startsWith('/')
  if (shown) return <Avatar src={avatarUrl} alt="" size={28} />
  return (
    <span aria-hidden="true" className={css.initial}>
      {login.charAt(0).toUpperCase()}
    </span>
  )
}
