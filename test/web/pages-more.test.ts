/** The other half of the dashboard's pages in their states (pages.test.ts). */
import { lookAtPages } from './look-at-pages.ts'
import { pageStates } from './routes.ts'

lookAtPages(pageStates.filter((_, at) => at % 2 === 1))
