/** A world in which nobody has made the App yet, with replicas that wait for set-up behind one address. */
import { mongo } from 'mongoose'
import { expect, onTestFinished } from 'vitest'

import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { startWorld } from '../stack/world.ts'
import type { World, WorldOptions } from '../stack/world.ts'
import { startAppProcess } from './app-process.ts'
import type { AppProcess } from './app-process.ts'
import { readiness, startGate } from './gate.ts'

const READINESS_MS = 50

export interface SetUpWorld {
  world: World
  db: mongo.Db
  /** The environment without anything that set-up makes. */
  bare: Record<string, string>
  replicas: AppProcess[]
  start(settings?: Record<string, string>): Promise<AppProcess>
}

/** Everything ends with the test. */
export async function openSetUpWorld(options: Partial<WorldOptions> = {}): Promise<SetUpWorld> {
  const mongoUri = databaseUri()
  onTestFinished(() => dropDatabase(mongoUri))
  const world = await startWorld({ mongoUri, registered: false, ...options })
  onTestFinished(() => world[Symbol.asyncDispose]())
  onTestFinished(() => {
    expect(world.github.violations()).toEqual([])
    expect(world.github.responseViolations()).toEqual([])
  })
  const client = await mongo.MongoClient.connect(mongoUri)
  onTestFinished(() => client.close())
  const replicas: AppProcess[] = []
  await startGate({
    port: Number(world.env['PORT']),
    targets: readiness(READINESS_MS, () => replicas.map(({ url }) => url)),
  })
  const made = new Set(['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'CLIENT_ID', 'CLIENT_SECRET', 'ADMINS'])
  const bare = Object.fromEntries(Object.entries(world.env).filter(([name]) => !made.has(name)))
  return {
    world,
    db: client.db(),
    bare,
    replicas,
    async start(settings = bare) {
      const replica = await startAppProcess(settings)
      replicas.push(replica)
      return replica
    },
  }
}

/** The token of the newest line with which a replica asks to be set up. */
export async function tokenOf(replica: AppProcess): Promise<string> {
  const tokens = () => [...replica.output().matchAll(/\/setup\?token=([A-Za-z0-9_-]+)/g)].map(([, token]) => token!)
  await expect.poll(() => tokens().length).toBeGreaterThan(0)
  return tokens().at(-1)!
}

/** A browser's part over plain HTTP: its cookie, and JSON from the app's own pages. */
export function setUpClient(appUrl: string) {
  let cookie = ''
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown, root = '/api/setup') {
    const response = await fetch(`${appUrl}${root}${path}`, {
      method,
      headers: {
        origin: appUrl,
        ...(cookie ? { cookie } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const set = response.headers.getSetCookie().map((each) => each.split(';')[0]!)
    if (set.length > 0) cookie = set.at(-1)!
    const text = await response.text()
    return { status: response.status, body: (text ? JSON.parse(text) : null) as Record<string, unknown> | null }
  }
  return {
    ask,
    claim: (token: string) => ask('POST', '/claim', { token }),
    get cookie() {
      return cookie
    },
  }
}

/** Confirms the form on the local GitHub as a person does, and answers with what comes back. */
export async function createOnGitHub(
  world: World,
  form: { action: string; manifest: string },
  name: string,
): Promise<{ code: string; state: string }> {
  const { pathname, searchParams } = new URL(form.action)
  const response = await fetch(`${world.github.url}${pathname.replace(/new$/, 'register')}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: world.github.url, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ manifest: form.manifest, name, state: searchParams.get('state') ?? '' }).toString(),
  })
  const back = new URL(response.headers.get('location') ?? '')
  return { code: back.searchParams.get('code') ?? '', state: back.searchParams.get('state') ?? '' }
}
