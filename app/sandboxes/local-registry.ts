/**
 * The records of the local sandboxes of this machine: one folder and one JSON file per sandbox, so that another process
 * can list, use and destroy them, and so that a crash loses none.
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Isolation } from './provider.ts'

export interface LocalRecord {
  id: string
  owner: string
  runId: string
  attemptId: string
  /** Milliseconds since the epoch. */
  startedAt: number
  endsAt: number
  isolation: Isolation
  network: 'none' | 'all'
  env: Record<string, string>
  /** The user that the sandbox's commands run as, where the parent is root and a namespace is used. */
  uid: number | null
  /** The supervisor's process id, or null until it started. */
  supervisor: number | null
}

export interface Registry {
  readonly root: string
  dirOf(id: string): string
  recordPath(id: string): string
  read(id: string): Promise<LocalRecord | null>
  write(record: LocalRecord): Promise<void>
  remove(id: string): Promise<void>
  all(): Promise<LocalRecord[]>
}

const ID = /^local-[0-9a-f]{16}$/
/** More records than this on one machine are not listed; nothing real comes near. */
const RECORDS_MAX = 10_000

/** The variable that marks every process of a sandbox. */
export function markerOf(id: string): string {
  return `DECKHAND_SANDBOX=${id}`
}

/**
 * Opens the registry under `dir` (by default in the system's temporary folder). Throws when the folder belongs to
 * somebody else or is a link: others could then plant or read sandboxes.
 */
export function openRegistry(dir: string = join(tmpdir(), 'deckhand-sandboxes')): Registry {
  mkdirSync(dir, { recursive: true, mode: 0o711 })
  const found = lstatSync(dir)
  const uid = process.getuid?.()
  if (!found.isDirectory() || (uid !== undefined && found.uid !== uid)) {
    throw new Error(`${dir} does not belong to this user; remove it or give another folder for local sandboxes.`)
  }
  // A dropped user must pass through to its own sandbox but list none.
  if ((found.mode & 0o777) !== 0o711) chmodSync(dir, 0o711)
  const recordPath = (id: string) => join(dir, `${checked(id)}.json`)
  const read = async (id: string): Promise<LocalRecord | null> => {
    if (!ID.test(id)) return null
    try {
      return JSON.parse(await readFile(recordPath(id), 'utf8')) as LocalRecord
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }
  return {
    root: dir,
    dirOf: (id) => join(dir, checked(id)),
    recordPath,
    read,
    async write(record) {
      const path = recordPath(record.id)
      const half = `${path}.${process.pid}`
      await writeFile(half, JSON.stringify(record), { mode: 0o600 })
      await rename(half, path)
    },
    remove: (id) => rm(recordPath(id), { force: true }),
    async all() {
      const names = (await readdir(dir)).filter((name) => name.endsWith('.json')).slice(0, RECORDS_MAX)
      const records = await Promise.all(names.map((name) => read(name.slice(0, -'.json'.length))))
      return records.filter((record) => record !== null)
    },
  }
}

function checked(id: string): string {
  if (!ID.test(id)) throw new Error(`${JSON.stringify(id)} is not the id of a local sandbox.`)
  return id
}
