/**
 * What our own programs are started with: the settings that a story gives them and no others. Node keeps what it has
 * compiled, because a suite starts them hundreds of times, and half of a start is reading the same files again.
 */
import { fileURLToPath } from 'node:url'

export const COMPILED = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/compiled', import.meta.url)) }

export function ownEnvironment(settings: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', ...COMPILED, ...settings }
}
