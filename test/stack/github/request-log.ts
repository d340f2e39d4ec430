/** What was asked of this GitHub, and what did not fit its description; bounded, because the demo runs for days. */
import type { RequestRecord } from './types.ts'

const REQUESTS_KEPT_MAX = 10_000
const VIOLATIONS_KEPT_MAX = 200

export class RequestLog {
  readonly requests: RequestRecord[] = []
  readonly violations: string[] = []
  readonly responseViolations: string[] = []

  add(record: RequestRecord): void {
    this.requests.push(record)
    if (this.requests.length > REQUESTS_KEPT_MAX) this.requests.splice(0, REQUESTS_KEPT_MAX / 10)
  }
  violation(text: string): void {
    if (this.violations.length < VIOLATIONS_KEPT_MAX) this.violations.push(text)
  }
  responseViolation(text: string): void {
    if (this.responseViolations.length < VIOLATIONS_KEPT_MAX) this.responseViolations.push(text)
  }
}
