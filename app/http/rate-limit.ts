/** What a limit says of itself (draft-ietf-httpapi-ratelimit-headers-11). It is a draft, so its shape stands here alone. */

interface Limit {
  /** A word for the limit. */
  name: string
  quota: number
  /** What is counted. */
  unit: 'requests' | 'concurrent-requests'
  /** How many are left. */
  left: number
  retryAfterSeconds: number
}

export function rateLimited({ name, quota, unit, left, retryAfterSeconds }: Limit): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${quota};qu="${unit}"`,
    ratelimit: `"${name}";r=${left};t=${retryAfterSeconds}`,
    'retry-after': String(retryAfterSeconds),
  }
}
