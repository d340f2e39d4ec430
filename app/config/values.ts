/** The shapes of single settings: each schema takes the text of the environment and says what is wrong with it. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { z } from 'zod'

import { GitSha, RepositoryName, RepositoryOwner, Sha256Hex } from '../contracts/ids.ts'
import { codeSpan } from '../domain/render/inert.ts'

const SECRET_BYTES_MIN = 32
/** Timers and dates both stay exact below this: 2^31 - 1 ms, about 24 days. */
const CLOCK_MS_MAX = 2_147_483_647

export interface RepositoryRefSetting {
  owner: string
  name: string
}

/** A released reusable workflow: `path` is `owner/repo/.github/workflows/file.yml`; `ref` a full sha or a git ref. */
export interface ExecutorWorkflow {
  owner: string
  name: string
  file: string
  ref: string
  /** True when `ref` is a commit id, which cannot be moved to other code. */
  pinned: boolean
}

type ApiRole = 'read' | 'write' | 'admin'

/** What a machine may do: the token itself is known to its owner only, we hold its SHA-256 (hex). */
export interface ApiToken {
  name: string
  digest: string
  /** `owner/name`, where `*` stands for any characters but `/`. */
  repositories: string
  role: ApiRole
}

/** A schema from a function that returns the value, or throws an Error whose message goes after the setting's name. */
export function text<T>(parse: (value: string) => T): z.ZodType<T, string> {
  return z.string().transform((value, context) => {
    try {
      return parse(value)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
      return z.NEVER
    }
  })
}

export const isLoopback = (url: URL): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)

function parseUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('is not a web address. Give it as https://host.')
  if (url.username || url.password) throw new Error('holds a user name or password. Remove them from the address.')
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new Error('uses http on a host that is not loopback. Use https, or http on 127.0.0.1 for a local try.')
  }
  if (url.search || url.hash) throw new Error('has a query or a fragment. Remove everything after the path.')
  return url
}

export const address = text((value) => parseUrl(value).href.replace(/\/+$/, ''))
export const optionalAddress = text((value) => (value === '' ? null : parseUrl(value).href.replace(/\/+$/, '')))
/** Cookies with the `__Host-` prefix and the routes both need the root of a host. */
export const origin = text((value) => {
  const url = parseUrl(value)
  if (url.pathname !== '/') throw new Error('has a path. Deckhand serves the root of a host: leave the path away.')
  return url.origin
})

export const secret = text((value) => {
  if (value === 'development') throw new Error('is the public constant "development". Use 32 or more random bytes.')
  if (Buffer.byteLength(value) < SECRET_BYTES_MIN) {
    throw new Error(`is shorter than ${SECRET_BYTES_MIN} bytes. Make one with: openssl rand -hex 32`)
  }
  return value
})

/** Names of labels may hold much, but a colon and an agent's name follow ours. */
export const label = text((value) => {
  if (!/^[\w .-]{1,40}$/.test(value))
    throw new Error('is not the name of a label: letters, digits, spaces, `.`, `-`, `_`')
  return value
})
export const required = text((value) => value)
/** The driver says the rest; a wrong scheme or a missing database would be a stack at the first connection. */
export const mongodbUri = text((value) => {
  if (!/^mongodb(?:\+srv)?:\/\/[^/\s]+\/[^/?\s]+(?:\?\S*)?$/.test(value)) {
    throw new Error('is not an address of MongoDB with a database. Give it as mongodb://host:27017/deckhand.')
  }
  return value
})
/** What is redacted from every log line must not be a word that stands in them. */
const SECRET_CHARS_MIN = 8
export const clientSecret = text((value) => {
  if (value.length < SECRET_CHARS_MIN) throw new Error(`is shorter than ${SECRET_CHARS_MIN} characters. Copy it whole.`)
  return value
})
const NOTICE_CHARS_MAX = 200
export const notice = text((value) => {
  if (value.length > NOTICE_CHARS_MAX || /\p{Cc}/u.test(value))
    throw new Error(`is longer than ${NOTICE_CHARS_MAX} characters, or more than one line. Give one short line.`)
  return value || null
})
export const optional = text((value) => value || null)
export const flag = text((value) => {
  if (value !== 'true' && value !== 'false') throw new Error('is neither true nor false. Give one of them.')
  return value === 'true'
})

export function oneOf<const T extends readonly string[]>(...values: T): z.ZodType<T[number], string> {
  return text((value) => {
    if (!values.includes(value)) throw new Error(`is not one of ${values.join(', ')}. Give one of them.`)
    return value
  })
}

export function whole(min: number, max: number, unit = ''): z.ZodType<number, string> {
  return text((value) => {
    const n = Number(value)
    if (!/^\d{1,16}$/.test(value) || n < min || n > max) {
      throw new Error(`is not a whole number from ${min} to ${max}${unit}. Give one in digits.`)
    }
    return n
  })
}

export const milliseconds = whole(1, CLOCK_MS_MAX, ' (milliseconds)')

/** PEM, PEM whose line ends are written as \n (one-line environment files), or the path of a PEM file. */
export const privateKey = text((value) => {
  const pem = value.includes('-----BEGIN') ? value.replaceAll('\\n', '\n') : readKeyFile(value)
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'rsa') return pem
  } catch {
    throw new Error('does not hold a readable private key. Give the .pem file that GitHub made, or its path.')
  }
  throw new Error('is not an RSA key. Give the .pem file that GitHub made for the App.')
})

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Error('is neither a PEM text nor the path of a file that can be read. Give one of the two.')
  }
}

/** Comma-separated entries; every entry that is wrong is told. */
export function list<T>(parse: (item: string) => T): z.ZodType<T[], string> {
  return z.string().transform((given, context) => {
    const items = given.split(',').map((item) => item.trim())
    return items.filter(Boolean).flatMap((item) => {
      try {
        return [parse(item)]
      } catch (error) {
        context.addIssue({ code: 'custom', message: messageOf(error) })
        return []
      }
    })
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'is not valid.')

export function parseRepository(value: string): RepositoryRefSetting {
  const [owner, name, more] = value.split('/')
  if (more !== undefined || !RepositoryOwner.safeParse(owner).success || !RepositoryName.safeParse(name).success) {
    throw new Error('is not a repository. Give it as owner/name.')
  }
  return { owner: owner!, name: name! }
}

export function parseWorkflow(item: string): ExecutorWorkflow {
  const found = /^([^/@]+)\/([^/@]+)\/(\.github\/workflows\/[\w.-]+\.ya?ml)@([\w./-]{1,255})$/.exec(item)
  if (!found) {
    throw new Error('holds an entry that is not owner/repo/.github/workflows/run-agent.yml@<sha or ref>. Correct it.')
  }
  const [, owner, name, file, ref] = found as unknown as [string, string, string, string, string]
  return { ...parseRepository(`${owner}/${name}`), file, ref, pinned: GitSha.safeParse(ref).success }
}

export function parseToken(item: string): ApiToken {
  const [name = '', digest = '', repositories = '', role = '', more] = item.split(':')
  const says = `holds an entry${/^[\w.-]{1,64}$/.test(name) ? ` (${name})` : ''}`
  if (more !== undefined || !/^[\w.-]{1,64}$/.test(name)) {
    throw new Error(`${says} that is not name:sha256:repository-glob:role. Correct it.`)
  }
  if (!Sha256Hex.safeParse(digest).success) {
    throw new Error(`${says} without a SHA-256. Make it with: printf %s "$TOKEN" | sha256sum`)
  }
  if (!/^[\w.*-]{1,100}\/[\w.*-]{1,100}$/.test(repositories)) {
    throw new Error(`${says} whose repositories are not owner/name with * as wildcard. Correct it.`)
  }
  if (role !== 'read' && role !== 'write' && role !== 'admin') {
    throw new Error(`${says} whose role is not read, write or admin. Give one of them.`)
  }
  return { name, digest, repositories, role }
}

/** A bot's login as GitHub writes it; without the ending it would be a person's. */
export function parseBot(value: string): string {
  const [, name] = /^(.+)\[bot\]$/i.exec(value) ?? []
  if (name === undefined || !RepositoryOwner.safeParse(name).success)
    throw new Error('holds an entry that is not a bot. Write its login with [bot] at the end, such as renovate[bot].')
  return value.toLowerCase()
}

/** GitHub's longest login. Whatever is longer may be a secret that was put in the wrong place, and is not repeated. */
const LOGIN_CHARS_MAX = 39

export function parseLogin(value: string): string {
  if (!RepositoryOwner.safeParse(value).success) {
    const which = value.length <= LOGIN_CHARS_MAX ? codeSpan(value) : `one of ${value.length} characters`
    throw new Error(`holds an entry that is not a GitHub login: ${which}. Correct it.`)
  }
  return value.toLowerCase()
}
