/** The server is newer than this page. Reloading is offered, never done: someone may be reading or writing. */
import { Banner } from '@primer/react'

import { words } from '../words.ts'
import css from './Shell.module.css'

export function VersionBanner() {
  return (
    <div className={css.banner}>
      <Banner
        variant="info"
        layout="compact"
        title={words.newVersion.text}
        primaryAction={
          <Banner.PrimaryAction onClick={() => window.location.reload()}>
            {words.newVersion.reload}
          </Banner.PrimaryAction>
        }
      />
    </div>
  )
}
