/** `app.yml`, the one source of what the App asks of GitHub: registering, checking and the documentation read it here. */
import { readFileSync } from 'node:fs'

import { parse } from 'yaml'

import { AppFile } from '../contracts/setup.ts'

const FILE = new URL('../../app.yml', import.meta.url)

export function readAppFile(): AppFile {
  return AppFile.parse(parse(readFileSync(FILE, 'utf8')))
}
