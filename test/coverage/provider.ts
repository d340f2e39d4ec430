/** The test runner's V8 coverage, and with it what ran in the browsers of the web tests, through the build's source maps. */
import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { mergeScriptCovs } from '@bcoe/v8-coverage'
import type { ScriptCov } from '@bcoe/v8-coverage'
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js'
import { convert } from 'ast-v8-to-istanbul'
import { parseAstAsync } from 'vite'
import type { ReportContext, Vitest } from 'vitest/node'

import { PAGES_FOLDER } from './browser-pages.ts'

const ASSETS = resolve(import.meta.dirname, '../../web/dist/assets')

export class WithBrowsers extends V8CoverageProvider {
  #pages = ''

  override initialize(ctx: Vitest): void {
    super.initialize(ctx)
    this.#pages = join(ctx.config.root, 'coverage/browser')
    process.env[PAGES_FOLDER] = this.#pages
  }

  override async generateCoverage(context: ReportContext) {
    const map = await super.generateCoverage(context)
    for (const script of await scriptsOf(this.#pages)) {
      const code = await readFile(join(ASSETS, script.url), 'utf8').catch(() => null)
      const mapText = await readFile(join(ASSETS, `${script.url}.map`), 'utf8').catch(() => null)
      // A page of another build, made while the tests ran, says nothing about this one; and what the build itself made
      // up has no source.
      if (code === null || mapText === null) continue
      const sourceMap = JSON.parse(mapText) as object
      const found = await convert({
        code,
        sourceMap: sourceMap as never,
        ast: (await parseAstAsync(code)) as never,
        coverage: { url: `file://${join(ASSETS, script.url)}`, functions: script.functions },
      })
      for (const [path, data] of Object.entries(found)) if (this.isIncluded(path)) map.addFileCoverage(data)
    }
    return map
  }
}

async function scriptsOf(folder: string): Promise<ScriptCov[]> {
  const scripts = new Map<string, ScriptCov[]>()
  for (const name of await readdir(folder).catch(() => [])) {
    for (const script of JSON.parse(await readFile(join(folder, name), 'utf8')) as ScriptCov[])
      scripts.set(script.url, [...(scripts.get(script.url) ?? []), script])
  }
  return [...scripts.values()].flatMap((same) => mergeScriptCovs(same) ?? [])
}
