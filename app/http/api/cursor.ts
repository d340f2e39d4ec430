/** The place in a list of Runs where a page ended: opaque to callers, checked when it comes back. */
import { RunId } from '../../contracts/ids.ts'
import type { Run } from '../../domain/run.ts'
import { ProblemError } from '../problem.ts'

export interface Place {
  createdAt: number
  id: string
}

export function cursorOf({ createdAt, id }: Pick<Run, 'createdAt' | 'id'>): string {
  return Buffer.from(`${createdAt}.${id}`).toString('base64url')
}

/** Throws `bad_request` for anything that `cursorOf` did not make. */
export function placeOf(cursor: string): Place {
  const [createdAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
  const place = { createdAt: Number(createdAt), id }
  if (/^\d{1,15}$/.test(createdAt) && RunId.safeParse(id).success && cursorOf(place) === cursor) return place
  throw new ProblemError('bad_request', { detail: 'The parameter after is not a place in this list. Leave it out.' })
}
