/** The shapes of the identifiers that cross process boundaries. */
import { z } from 'zod'

/** `r_` and ten characters of Crockford's base32, lower case; used whole wherever it is shown. */
export const RunId = z.string().regex(/^r_[0-9a-hjkmnp-tv-z]{10}$/, 'a Run id looks like r_8k2f0q7w3z')
export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
export const GitSha = z.string().regex(/^[0-9a-f]{40}$/, 'a full commit id of 40 hex digits')
export const IsoTime = z.iso.datetime({ precision: 3 })
export const RepositoryOwner = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, 'a GitHub account name')
export const RepositoryName = z
  .string()
  .max(100)
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'a GitHub repository name')
export const Isolation = z.enum(['vm', 'container', 'namespace', 'none'])
export type Isolation = z.infer<typeof Isolation>
