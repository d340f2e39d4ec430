/** The less common things to do with a Run. */
import { KebabHorizontalIcon } from '@primer/octicons-react'
import { ActionList, ActionMenu, IconButton } from '@primer/react'
import { useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { useCommands } from '../../commands/registry.ts'
import { copy } from '../../ui/copy.ts'
import { KillDialog } from '../../ui/KillRun.tsx'
import { useWhyNot } from '../../ui/Refusal.tsx'
import { words } from '../../words.ts'

export function RunMenu({ run }: { run: RunBody }) {
  const anchor = useRef<HTMLButtonElement>(null)
  const [killing, setKilling] = useState(false)
  const live = !isTerminal(run.status)
  const why = useWhyNot(run, 'kill')
  // With the tab, the step, the file, the event or the lines that are being looked at.
  const copyLink = () => copy(window.location.href)
  const kill = () => setKilling(true)
  useCommands([
    { id: 'run.link', title: words.run.copyLink, run: copyLink },
    ...(live && why === null ? [{ id: 'run.kill', title: words.kill.open, run: kill }] : []),
  ])
  return (
    <>
      <ActionMenu anchorRef={anchor}>
        <ActionMenu.Anchor>
          <IconButton icon={KebabHorizontalIcon} aria-label={words.run.more} />
        </ActionMenu.Anchor>
        <ActionMenu.Overlay align="end">
          <ActionList>
            <ActionList.Item onSelect={() => copy(run.id)}>{words.run.copyId}</ActionList.Item>
            <ActionList.Item onSelect={copyLink}>{words.run.copyLink}</ActionList.Item>
            <ActionList.LinkItem href={run.issue.url}>{words.run.onGitHub}</ActionList.LinkItem>
            {live && (
              <ActionList.Item variant="danger" onSelect={kill} {...(why === null ? {} : { inactiveText: why })}>
                {words.kill.open}
              </ActionList.Item>
            )}
          </ActionList>
        </ActionMenu.Overlay>
      </ActionMenu>
      {live && killing && <KillDialog run={run} onClose={() => setKilling(false)} returnFocusRef={anchor} />}
    </>
  )
}
