/** What `app.yml` asks of GitHub, so that the local GitHub grants the App exactly that. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parse } from 'yaml'

import type { Permissions } from './github/types.ts'

interface Manifest {
  default_permissions: Permissions
  default_events: string[]
}

async function manifest(root: string): Promise<Manifest> {
  return parse(await readFile(join(root, 'app.yml'), 'utf8')) as Manifest
}

export async function manifestPermissions(root: string): Promise<Permissions> {
  return (await manifest(root)).default_permissions
}

export async function manifestEvents(root: string): Promise<string[]> {
  return (await manifest(root)).default_events
}
