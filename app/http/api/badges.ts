/**
 * Badges for READMEs and issues. Those of public repositories are for everybody; GitHub fetches pictures without a
 * cookie, so a private repository's badge takes a token in its address that is good for this one badge and an end.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

import { z } from 'zod'

import { BadgeLinks } from '../../contracts/api.ts'
import { RepositoryName, RepositoryOwner, RunId } from '../../contracts/ids.ts'
import { badgeJson, badgeOf, badgeSvg } from '../../domain/badge.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Run } from '../../domain/run.ts'
import { etagOf, hasAlready } from '../etag.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Answer, Route, RouteContext } from '../route.ts'

import type { ApiPorts } from './ports.ts'
import { readableRepository } from './repository.ts'

export const BADGE_TOKEN_MS = 365 * 24 * 3_600_000
const MAX_AGE_SECONDS = 60
/** Repository names may hold dots, so the ending is what follows the last one. */
const FILE = /^(.{1,110})\.(svg|json)$/

const RepositoryParams = z.strictObject({ owner: RepositoryOwner, repo: RepositoryName })
const OfRepository = z.strictObject({
  owner: RepositoryOwner,
  file: z.string().regex(FILE).describe('A name with its ending: `shop.svg`, `shop.json`'),
})
const OfIssue = z.strictObject({
  owner: RepositoryOwner,
  repo: RepositoryName,
  file: z
    .string()
    .regex(/^[1-9]\d{0,9}\.(svg|json)$/)
    .describe('Number of the issue with its ending: `101.svg`, `101.json`'),
})
const TokenQuery = z.strictObject({
  t: z.string().max(200).optional().describe('Token for the badges of a private repository'),
})

const pictures = {
  produces: ['image/svg+xml', 'application/json'],
  others: [{ status: 304, description: 'You have it already' }],
}

export function badgeRoutes(ports: ApiPorts): Route[] {
  return [links(ports), ofRepositoryOrRun(ports), ofIssue(ports)]
}

/** `/badge/runs/<id>.svg` has the shape of a repository's badge, so both are one route. */
function ofRepositoryOrRun(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/badge/:owner/:file',
    access: 'public',
    summary: "Badge of a repository's last Run, or of one Run (owner `runs`); svg or json",
    ...pictures,
    params: OfRepository,
    query: TokenQuery,
    async handle(context) {
      const { owner, file } = context.params
      const [, stem = ''] = FILE.exec(file) ?? []
      if (owner === 'runs' && RunId.safeParse(stem).success) {
        const found = (await ports.runs.load(stem))?.run ?? null
        return badge(ports, context, found?.repository ?? null, stem, async () => found)
      }
      const repository = await shownOf(ports, await ports.access.named(owner, stem), context.query.t)
      return badge(ports, context, repository, `${owner}/${stem}`, ({ id }) => ports.runs.latestRunOfRepository(id))
    },
  })
}

function ofIssue(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/badge/:owner/:repo/issues/:file',
    access: 'public',
    summary: "Badge of an issue's last Run; svg or json",
    ...pictures,
    params: OfIssue,
    query: TokenQuery,
    async handle(context) {
      const { owner, repo, file } = context.params
      const repository = await shownOf(ports, await ports.access.named(owner, repo), context.query.t)
      const number = Number(file.split('.', 1)[0])
      return badge(ports, context, repository, `${owner}/${repo}`, ({ id }) => ports.runs.latestRunOfIssue(id, number))
    },
  })
}

/** Of those of one name: the one that the token is for, or that everybody may read, else the youngest. */
async function shownOf(
  { secretKey, access, now }: ApiPorts,
  named: readonly RepositoryRef[],
  token: string | undefined,
): Promise<RepositoryRef | null> {
  const youngest = named.at(-1) ?? null
  if (named.length < 2) return youngest
  const given = named.find(({ id }) => isBadgeToken(secretKey, id, token, now()))
  if (given) return given
  const sights = await Promise.all(named.map((each) => access.sightOf(each)))
  return named.findLast((_, at) => sights[at]!.isPublic) ?? youngest
}

type Context = RouteContext<{ file: string }, { t?: string | undefined }>

/** Where there is nothing, or nothing that the reader may see, the badge says so with 200: no broken picture. */
async function badge(
  { secretKey, access, now }: ApiPorts,
  { who, req, params, query }: Context,
  repository: RepositoryRef | null,
  asked: string,
  latest: (repository: RepositoryRef) => Promise<Run | null>,
): Promise<Answer> {
  const isGiven = repository !== null && isBadgeToken(secretKey, repository.id, query.t, now())
  const seen = repository && !isGiven ? await access.sightOf(repository) : { isPublic: isGiven, isSure: true }
  const open = seen.isPublic
  const may =
    open || (who.kind !== 'anonymous' && (await access.mayRead(who, repository, asked.toLowerCase()).catch(ifTooMany)))
  const shown = badgeOf(may && repository ? await latest(repository) : null)
  const json = params.file.endsWith('.json')
  const data = json ? JSON.stringify(badgeJson(shown)) : badgeSvg(shown)
  const etag = etagOf(data)
  const headers = {
    'cache-control': cacheControlOf({ open, may, isSure: seen.isSure && (may || who.kind === 'anonymous') }),
    etag,
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': "default-src 'none'; sandbox",
    ...(json ? { 'access-control-allow-origin': '*' } : {}),
  }
  if (hasAlready(req, etag)) return { status: 304, headers }
  return { headers, content: { type: json ? 'application/json; charset=utf-8' : 'image/svg+xml; charset=utf-8', data } }
}

/**
 * What only some may see must not stay in a cache that others share; a token stands in the address itself. What is not
 * sure stays in none: a question that failed, of which also a no to somebody who is signed in may be made.
 */
function cacheControlOf({ open, may, isSure }: { open: boolean; may: boolean; isSure: boolean }): string {
  return isSure ? `${open || !may ? 'public' : 'private'}, max-age=${MAX_AGE_SECONDS}` : 'no-store'
}

/** Somebody who has asked too much gets the badge of what is not there. */
function ifTooMany(error: unknown): false {
  if (error instanceof ProblemError && error.code === 'too_many_requests') return false
  throw error
}

/** The addresses to paste into a README; only a reader of a private repository can get its token. */
function links(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/repos/:owner/:repo/badge',
    access: 'read',
    summary: "Addresses of a repository's badge",
    params: RepositoryParams,
    answer: BadgeLinks,
    async handle({ who, params }) {
      const repository = await readableRepository(ports, who, params)
      const { owner, name } = repository
      const expiresAt = repository.private ? ports.now() + BADGE_TOKEN_MS : null
      const token = expiresAt === null ? '' : `?t=${signBadge(ports.secretKey, repository.id, expiresAt)}`
      const { publicUrl } = ports.urls
      const svg = `${publicUrl}/badge/${owner}/${name}.svg${token}`
      const json = `${publicUrl}/badge/${owner}/${name}.json${token}`
      const page = `${publicUrl}/runs?repository=${encodeURIComponent(`${owner}/${name}`)}`
      const markdown = `[![agent](${svg})](${page})`
      const until = expiresAt === null ? null : new Date(expiresAt).toISOString()
      return { json: { svg, json, markdown, expiresAt: until } satisfies BadgeLinks }
    },
  })
}

/** A token for the badges of one repository until `expiresAt` (ms since the epoch). */
export function signBadge(secretKey: string, repositoryId: number, expiresAt: number): string {
  const end = Math.floor(expiresAt / 1_000).toString(36)
  return `${end}.${macOf(secretKey, repositoryId, end).toString('base64url')}`
}

function isBadgeToken(secretKey: string, repositoryId: number, token: string | undefined, now: number): boolean {
  const [end = '', mac = ''] = (token ?? '').split('.')
  const expected = macOf(secretKey, repositoryId, end)
  const given = Buffer.from(mac, 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected) && Number.parseInt(end, 36) * 1_000 > now
}

function macOf(secretKey: string, repositoryId: number, end: string): Buffer {
  return createHmac('sha256', secretKey).update(`deckhand badge v1:${repositoryId}:${end}`).digest()
}
