/** The dialog that starts a Run from the list, at each of its steps. */
import type { Page } from 'playwright-core'

import { ofShop, overview, verified } from './browse-routes.ts'
import * as story from './fixtures.ts'
import type { World } from './fixture-server.ts'
import type { PageState } from './routes.ts'

const SHOP = '/api/repos/acme/shop'

export const newRunWorld = (): Partial<World> => ({
  runs: [story.succeededRun({ id: 'r_8k2f0q7w3x' })],
  answers: { [SHOP]: overview, [`${SHOP}/verify`]: verified, '/api/issues': ofShop },
})

export const newRunDialog = (page: Page) => page.getByRole('dialog', { name: 'New run' })

/** Chooses a repository, and has it verified. */
export async function connect(page: Page): Promise<void> {
  const dialog = newRunDialog(page)
  await dialog.getByRole('combobox', { name: 'Known repositories' }).selectOption('acme/shop')
  await dialog.getByRole('button', { name: 'Verify & connect' }).click()
  await dialog.getByText('Connected to acme/shop. Its default branch is main.').waitFor()
}

async function next(page: Page, steps: number): Promise<void> {
  await connect(page)
  for (let step = 0; step < steps; step++) {
    await newRunDialog(page)
      .getByText(`Step ${step + 1} of 3`)
      .waitFor()
    await newRunDialog(page).getByRole('button', { name: 'Next' }).click()
  }
}

const shared = {
  state: 'dialog',
  path: '/runs',
  press: 'New run',
  title: 'Runs · Deckhand',
} as const

export const newRunStates: readonly PageState[] = [
  {
    ...shared,
    name: 'runs-new-repository',
    world: newRunWorld(),
    act: ({ page }) => next(page, 0),
    shows: ['Step 1 of 3: Repository', 'Its default branch is main.', '1 permission is missing.', 'Next'],
  },
  {
    ...shared,
    name: 'runs-new-unverified',
    world: newRunWorld(),
    act: async ({ page }) => {
      await newRunDialog(page).getByRole('textbox', { name: 'Repository' }).fill('acme/hidden')
      await newRunDialog(page).getByRole('button', { name: 'Verify & connect' }).click()
      await newRunDialog(page).getByRole('button', { name: 'Next' }).click()
    },
    shows: ['acme/hidden does not exist', 'Verify the repository first.'],
  },
  {
    ...shared,
    name: 'runs-new-kinds',
    world: newRunWorld(),
    act: ({ page }) => next(page, 1),
    shows: ['Step 2 of 3: Sandbox and workflow', 'E2B_API_KEY is not set.', 'Change', 'Coming soon.', 'Back'],
  },
  {
    ...shared,
    name: 'runs-new-issue',
    world: {
      ...newRunWorld(),
      answers: { ...newRunWorld().answers, [SHOP]: { ...overview, agents: ['stub', 'claude'] } },
    },
    act: ({ page }) => next(page, 2),
    shows: ['Step 3 of 3: Issue and instructions', 'Open issues', 'Instructions (optional)', 'Start run'],
  },
]
