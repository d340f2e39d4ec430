/**
 * `actions/upload-artifact` at the edge of the world: GitHub's own action talks to a private service, so the runner
 * itself zips the files and hands them to the local GitHub, keeping the action's inputs and its complaints.
 */
import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'

import { zipSync } from 'fflate'

const FILES_MAX = 1_000
const BYTES_MAX = 64 * 1024 * 1024

export interface ArtifactInputs {
  name?: string
  path?: string
  'if-no-files-found'?: string
  'retention-days'?: string
}

export type Uploaded =
  | { files: number; name: string; zip: Uint8Array }
  | { files: 0; complaint: string; level: 'warn' | 'error' | 'ignore' }

/** Collects what `path` names (files or folders, one a line; no globs) and zips it. Throws on wrong inputs. */
export async function zipArtifact(inputs: ArtifactInputs, workspace: string): Promise<Uploaded> {
  const level = inputs['if-no-files-found'] || 'warn'
  if (level !== 'warn' && level !== 'error' && level !== 'ignore') {
    throw new Error(`Unrecognized if-no-files-found input. Provided: ${level}. Available options: warn,error,ignore`)
  }
  const days = inputs['retention-days'] || '0'
  if (!/^\d{1,2}$/.test(days) || Number(days) > 90) throw new Error(`Invalid retention-days: ${days} is not in 0 to 90`)
  const name = inputs.name || 'artifact'
  if (/["':<>|*?\r\n\\/]/.test(name)) throw new Error(`The artifact name is not valid: ${name}.`)
  const wanted = (inputs.path ?? '').split('\n').map((line) => line.trim())
  const paths = wanted.filter(Boolean).map((path) => (isAbsolute(path) ? path : resolve(workspace, path)))
  if (paths.length === 0) throw new Error('Input required and not supplied: path')
  if (paths.some((path) => /[*?[\]!]/.test(path))) throw new Error('The local runner does not support globs in path.')
  const files = (await Promise.all(paths.map(listFiles))).flat()
  if (files.length === 0) {
    const complaint = `No files were found with the provided path: ${wanted.join(', ')}. No artifacts will be uploaded.`
    return { files: 0, complaint, level }
  }
  if (files.length > FILES_MAX) throw new Error(`${files.length} files are more than ${FILES_MAX}.`)
  return { files: files.length, name, zip: zipSync(await contents(files)) }
}

async function contents(files: readonly string[]): Promise<Record<string, Uint8Array>> {
  const root = commonFolder(files)
  const entries: Record<string, Uint8Array> = {}
  let bytes = 0
  for (const file of files) {
    const content = await readFile(file)
    bytes += content.length
    if (bytes > BYTES_MAX) throw new Error(`The files are larger than ${BYTES_MAX} bytes together.`)
    entries[relative(root, file) || basename(file)] = new Uint8Array(content)
  }
  return entries
}

async function listFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null)
  if (!found) return []
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** The action's rule: the least common ancestor of the files is the archive's root. */
function commonFolder(files: readonly string[]): string {
  let common = dirname(files[0]!)
  for (const file of files) {
    while (common !== '/' && !file.startsWith(`${common}/`)) common = dirname(common)
  }
  return common
}
