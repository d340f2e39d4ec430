/** The place in a list where a page ended: opaque to callers, checked when it comes back. */
import { RunId } from '../../contracts/ids.ts'
import type { Run } from '../../domain/run.ts'
import { ProblemError } from '../problem.ts'

export interface Place {
  createdAt: number
  id: string
}

export function cursorOf({ createdAt, id }: Pick<Run, 'createdAt' | 'id'>): string {
  return cursorAt(createdAt, id)
}

/** Throws `bad_request` for anything that `cursorOf` did not make. */
export function placeOf(cursor: string): Place {
  const { at, id } = placeAt(cursor, (text) => RunId.safeParse(text).success)
  return { createdAt: at, id }
}

/** The same for lists of other things: a time in ms since the epoch, and an id without a dot. */
export function cursorAt(at: number, id: string): string {
  return Buffer.from(`${at}.${id}`).toString('base64url')
}

/** Throws `bad_request` for anything that `cursorAt` did not make of such an id. */
export function placeAt(cursor: string, isId: (text: string) => boolean): { at: number; id: string } {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
  if (/^\d{1,15}$/.test(at) && isId(id) && cursorAt(Number(at), id) === cursor) return { at: Number(at), id }
  throw new ProblemError('bad_request', { detail: 'The parameter after is not a place in this list. Leave it out.' })
}
