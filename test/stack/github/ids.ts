/** Identifiers in GitHub's shapes: numeric ids per kind, new-style node ids, tokens, request ids. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** Where each kind's numbers begin. Runs and comments are beyond 32 bits on github.com too, so nobody may assume less. */
const firstIds = {
  user: 9_000_001,
  repository: 700_000_001,
  installation: 60_000_001,
  issue: 2_600_000_001,
  comment: 2_900_000_001,
  review: 3_100_000_001,
  reaction: 240_000_001,
  label: 6_000_000_001,
  pull: 2_400_000_001,
  suite: 45_000_000_001,
  check: 51_000_000_001,
  workflow: 180_000_001,
  workflowRun: 18_000_000_001,
  artifact: 4_000_000_001,
  delivery: 93_676_014_012,
} as const
export type IdKind = keyof typeof firstIds

export class Ids {
  private readonly next = new Map<IdKind, number>(Object.entries(firstIds) as [IdKind, number][])

  take(kind: IdKind): number {
    const id = this.next.get(kind) as number
    this.next.set(kind, id + 1)
    return id
  }
}

/** `I_kwDO…`: a prefix and the base64url of the msgpack array `[0, …numbers]`, as GitHub makes them since 2021. */
export function nodeId(prefix: string, ...numbers: readonly number[]): string {
  const parts = [Buffer.from([0x90 + numbers.length + 1, 0x00])]
  for (const number of numbers) {
    const wide = number > 0xffffffff
    const part = Buffer.alloc(wide ? 9 : 5)
    part.writeUInt8(wide ? 0xcf : 0xce)
    if (wide) part.writeBigUInt64BE(BigInt(number), 1)
    else part.writeUInt32BE(number, 1)
    parts.push(part)
  }
  return `${prefix}_${Buffer.concat(parts).toString('base64url')}`
}

/** Node id of a git object: the repository and the object's own name. */
export function gitNodeId(prefix: string, repositoryId: number, name: string): string {
  const head = Buffer.from([0x93, 0x00, 0xce, 0, 0, 0, 0, 0xd9, Math.min(name.length, 255)])
  head.writeUInt32BE(repositoryId, 3)
  return `${prefix}_${Buffer.concat([head, Buffer.from(name)]).toString('base64url')}`
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const TOKEN_CHARS = 36

/** `ghs_` (installation and job), `ghu_` and `ghr_` (sign-in), `ghp_` (personal). */
export function newToken(prefix: 'ghs' | 'ghu' | 'ghr' | 'ghp'): string {
  return `${prefix}_${Array.from({ length: TOKEN_CHARS }, () => BASE62[randomInt(BASE62.length)]).join('')}`
}

/** As in `X-GitHub-Request-Id: C0DE:1A2B3C:4D5E6F:7A8B9C:655C1234`. */
export function newRequestId(): string {
  const hex = randomBytes(15).toString('hex').toUpperCase()
  return [hex.slice(0, 4), hex.slice(4, 10), hex.slice(10, 16), hex.slice(16, 22), hex.slice(22, 30)].join(':')
}

export const newGuid = (): string => randomUUID()
export const newHex = (bytes: number): string => randomBytes(bytes).toString('hex')
