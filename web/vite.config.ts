/** Builds the dashboard into web/dist: hashed names, no inline script or style, so that it runs under a strict CSP. */
import { fileURLToPath } from 'node:url'

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

import { noSchemas } from './no-schemas.ts'
import { pruneTokens } from './prune-tokens.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  plugins: [
    react(),
    noSchemas(),
    pruneTokens({ readers: [here('../node_modules/@primer/react/dist'), here('./src')] }),
  ],
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    // Inlined assets would be `data:` fonts and images, which the CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Measured by a test over the built files instead, against budgets in gzipped bytes.
    reportCompressedSize: false,
  },
})
