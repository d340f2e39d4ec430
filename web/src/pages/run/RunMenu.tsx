/** The less common things to do with a Run. */
import { KebabHorizontalIcon } from '@primer/octicons-react'
import { ActionList, ActionMenu, IconButton } from '@primer/react'

import type { RunBody } from '#contracts/api.ts'

import { announce } from '../../ui/Announcer.tsx'
import { words } from '../../words.ts'

export function RunMenu({ run }: { run: RunBody }) {
  const copy = (text: string) => {
    void navigator.clipboard?.writeText(text).then(() => announce(words.run.copied))
  }
  return (
    <ActionMenu>
      <ActionMenu.Anchor>
        <IconButton icon={KebabHorizontalIcon} aria-label={words.run.more} />
      </ActionMenu.Anchor>
      <ActionMenu.Overlay align="end">
        <ActionList>
          <ActionList.Item onSelect={() => copy(run.id)}>{words.run.copyId}</ActionList.Item>
          <ActionList.Item onSelect={() => copy(new URL(`/r/${run.id}`, window.location.origin).href)}>
            {words.run.copyLink}
          </ActionList.Item>
          <ActionList.LinkItem href={run.issue.url}>{words.run.onGitHub}</ActionList.LinkItem>
        </ActionList>
      </ActionMenu.Overlay>
    </ActionMenu>
  )
}
