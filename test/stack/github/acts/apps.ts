/** Registering the App from a manifest: what a person does on GitHub's "Register GitHub App" page. */
import { newHex } from '../ids.ts'
import type { UserRecord } from '../records.ts'
import type { Permissions } from '../types.ts'
import type { World } from '../world.ts'

/** GitHub's own limit for the whole manifest flow. */
const CODE_LIFETIME_MS = 60 * 60 * 1000
const NAME_CHARS_MAX = 34

export interface Manifest {
  name?: string
  url: string
  hook_attributes?: { url: string; active?: boolean }
  redirect_url: string
  callback_urls?: string[]
  setup_url?: string
  public?: boolean
  default_permissions?: Permissions
  default_events?: string[]
}

export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

/** Why GitHub would not take this name; null when it does. */
export function nameProblem(world: World, name: string): string | null {
  if (name.length === 0) return "Name can't be blank"
  if (name.length > NAME_CHARS_MAX) return `Name is too long (maximum is ${NAME_CHARS_MAX} characters)`
  const slug = slugOf(name)
  const taken = slug === world.actionsApp.slug || world.findUser(slug) !== null
  return taken || (world.registered && slug === world.app.slug) ? 'Name is already in use' : null
}

/** What GitHub refuses in a manifest, in a sentence. */
export function manifestProblem(manifest: Manifest): string | null {
  const addresses = [
    manifest.url,
    manifest.redirect_url,
    manifest.hook_attributes?.url,
    ...(manifest.callback_urls ?? []),
  ]
  const bad = addresses.find((address) => address !== undefined && !URL.canParse(address))
  if (bad !== undefined || typeof manifest.redirect_url !== 'string') return `Invalid GitHub App configuration: ${bad}`
  return null
}

/** The App is there from now on, under its owner; answers with the code that converts once, within the hour. */
export function registerApp(world: World, owner: UserRecord, name: string, manifest: Manifest): string {
  const slug = slugOf(name)
  const bot = world.bot
  const identity = {
    slug,
    name,
    ownerId: owner.id,
    permissions: manifest.default_permissions ?? {},
    events: manifest.default_events ?? [],
  }
  Object.assign(world.ourApp, identity)
  Object.assign(world.app, identity)
  Object.assign(bot, { login: `${slug}[bot]` })
  Object.assign(world, {
    registered: true,
    callbackUrls: manifest.callback_urls ?? [],
    setupUrl: manifest.setup_url ?? null,
  })
  return newManifestCode(world)
}

export function newManifestCode(world: World): string {
  const code = newHex(20)
  world.manifestCodes.set(code, world.now() + CODE_LIFETIME_MS)
  return code
}

/** Once, and not after its hour. */
export function takeManifestCode(world: World, code: string): boolean {
  const until = world.manifestCodes.get(code)
  world.manifestCodes.delete(code)
  return until !== undefined && until > world.now()
}
