/** Sizes of the dashboard's built files as they go over the wire, compressed. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export const KB = 1_000
export const FIRST_LOAD_BYTES_MAX = 300 * KB
/** Of the first load. */
export const CSS_BYTES_MAX = 40 * KB

/** Bytes of each file of `assets/` after gzip, by its name. Source maps are for tests; no browser asks for them. */
export async function assetSizes(dist: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const names = (await readdir(join(dist, 'assets'))).filter((name) => !name.endsWith('.map'))
  for (const name of names) sizes.set(name, gzipSync(await readFile(join(dist, 'assets', name))).length)
  return sizes
}
