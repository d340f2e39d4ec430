/** Fetches an action from its bare repository into a folder, as the runner does with `_actions`, and reads its manifest. */
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { checkOut, resolveRef } from './git.ts'
import { readAction } from './parser.ts'
import type { ActionFile } from './parser.ts'
import type { FindRepository } from './plan.ts'

export interface Action {
  /** Folder that holds `action.yml`. */
  folder: string
  file: ActionFile
  repository: string
  ref: string
}

export interface ActionReference {
  repository: string
  path: string
  ref: string
}

/** Reads `owner/repository/path@ref`; throws when it is another kind of `uses:`. */
export function readReference(uses: string): ActionReference {
  const match = /^([^/@\s.]+\/[^/@\s]+)((?:\/[^@\s]*)?)@(\S+)$/.exec(uses)
  if (!match) {
    throw new Error(
      `The local runner does not support 'uses: ${uses}': it runs JavaScript actions named as owner/repository/path@ref.`,
    )
  }
  return { repository: match[1]!, path: match[2]!.replace(/^\//, ''), ref: match[3]! }
}

/** One checkout per commit, shared by the jobs of a runner. */
export class ActionStore {
  readonly #folder: string
  readonly #find: FindRepository
  readonly #checkouts = new Map<string, Promise<string>>()

  constructor(folder: string, find: FindRepository) {
    this.#folder = folder
    this.#find = find
  }

  async load(uses: string): Promise<Action> {
    const { repository, path, ref } = readReference(uses)
    const gitDir = this.#find(repository)
    const resolved = gitDir ? await resolveRef(gitDir, ref) : null
    if (!gitDir || !resolved)
      throw new Error(`Unable to resolve action \`${repository}@${ref}\`, unable to find version \`${ref}\``)
    const folder = join(await this.#checkout(gitDir, repository, resolved.sha), path)
    const file = await manifest(folder, uses)
    if (file.using !== 'node24') {
      throw new Error(`The local runner does not support 'using: ${file.using}' (${uses}): it runs node24 actions.`)
    }
    if (file.pre) throw new Error(`The local runner does not support 'pre:' of an action (${uses}).`)
    return { folder, file, repository, ref }
  }

  #checkout(gitDir: string, repository: string, sha: string): Promise<string> {
    const folder = join(this.#folder, repository.toLowerCase(), sha)
    const known = this.#checkouts.get(folder) ?? checkOut(gitDir, sha, folder).then(() => folder)
    this.#checkouts.set(folder, known)
    return known
  }
}

async function manifest(folder: string, uses: string): Promise<ActionFile> {
  for (const name of ['action.yml', 'action.yaml']) {
    const path = join(folder, name)
    if (await exists(path)) return readAction(name, await readFile(path, 'utf8'))
  }
  throw new Error(`Can't find 'action.yml' or 'action.yaml' for action '${uses}'.`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
