/** Starts the web client. Styles first, so that the components' own rules come after the tokens they read. */
import '@primer/primitives/dist/css/primitives.css'
import '@primer/primitives/dist/css/functional/themes/light.css'
import '@primer/primitives/dist/css/functional/themes/dark.css'
import './global.css'

import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { startPreferences } from './lib/preferences.ts'
import { createQueryClient } from './queries.ts'
import { createAppRouter } from './router.tsx'

const client = createQueryClient()
const router = createAppRouter(client)
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

startPreferences()
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
