/** Builds the dashboard into web/dist: hashed names, no inline script or style, so that it runs under a strict CSP. */
import { fileURLToPath } from 'node:url'

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

import { noSchemas } from './no-schemas.ts'
import { pruneTokens } from './prune-tokens.ts'

/**
 * Components that no page uses. One that is used after all loses its colours, and test/web/budgets.test.ts says which
 * token it misses: take its name out of here.
 */
const unshipped = [
  'ActionBar AvatarStack Blankslate BranchName Breadcrumbs Card CircleBadge DataTable Details Flash',
  'Header InlineMessage LabelGroup NavList PageLayout Pagehead Pagination Popover ProgressBar',
  'SegmentedControl SplitPageLayout StateLabel SubNav TabNav Timeline ToggleSwitch TopicTag TreeView',
  'UnderlineNav deprecated experimental legacy-theme next SideNav* BaseStyles* theme* test-helpers*',
  'PageHeader ThemeProvider*',
].flatMap((names) => names.split(' '))
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  plugins: [
    react(),
    noSchemas(),
    pruneTokens({ readers: [here('../node_modules/@primer/react/dist'), here('./src')], unshipped }),
  ],
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    target: 'es2023',
    // Named by no file, so that no browser asks for them: the tests' coverage reads them.
    sourcemap: 'hidden',
    // Inlined assets would be `data:` fonts and images, which the CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Measured by a test over the built files instead, against budgets in gzipped bytes.
    reportCompressedSize: false,
  },
})
