/** Short-lived links to archives, as GitHub's redirects lead to: whoever has the link needs no token. */
import { createHmac, timingSafeEqual } from 'node:crypto'

import type { World } from './world.ts'

function signature(world: World, path: string, expiresAt: number): string {
  return createHmac('sha256', world.app.clientSecret).update(`${path}?${expiresAt}`).digest('hex')
}

export function signedPath(world: World, path: string, expiresAt: number): string {
  return `${path}?se=${expiresAt}&sig=${signature(world, path, expiresAt)}`
}

export function isSigned(world: World, url: URL): boolean {
  const expiresAt = Number(url.searchParams.get('se'))
  const wanted = Buffer.from(signature(world, url.pathname, expiresAt))
  const given = Buffer.from(url.searchParams.get('sig') ?? '')
  return expiresAt > world.now() && wanted.length === given.length && timingSafeEqual(wanted, given)
}
