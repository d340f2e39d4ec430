/**
 * Builds `dist/` from the sources: ESM with code splitting, so that the entry stays small and libraries are loaded when
 * they are needed; not minified, so that people can read what runs in their repository. The output is deterministic.
 */
import { fileURLToPath } from 'node:url'

import { defineConfig } from 'rolldown'
import type { Plugin } from 'rolldown'

import { STAMP_FILE, actionSourcesDigest } from '../../scripts/action-digest.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The stamp of the sources, and the mark that makes Node read `dist/*.js` as modules wherever it is copied to. */
const stamp: Plugin = {
  name: 'stamp',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: STAMP_FILE, source: `${actionSourcesDigest(here('../..'))}\n` })
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "module" }\n' })
  },
}

export default defineConfig({
  cwd: here('.'),
  input: { index: 'src/index.ts', post: 'src/post.ts' },
  platform: 'node',
  tsconfig: false,
  plugins: [stamp],
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    minify: false,
    sourcemap: false,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true },
  },
})
