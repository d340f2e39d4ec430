/** The check of an installation, as the check page, `npm run doctor` and the API tell it: the same words in each. */
import { z } from 'zod'

import { RunBody } from './api.ts'

export const checkIds = [
  'settings',
  'database',
  'github',
  'clock',
  'token',
  'permissions',
  'events',
  'webhook',
  'callback',
  'installation',
  'workflow',
  'sandbox',
  'disk',
] as const

export const CheckBody = z.strictObject({
  id: z.enum(checkIds),
  title: z.string(),
  /** `waiting` passes by itself; look again. */
  state: z.enum(['ok', 'failed', 'waiting']),
  /** What was found, and where it is not ok, what to do. */
  detail: z.string(),
  /** Where that is done. */
  fix: z.strictObject({ label: z.string(), url: z.string() }).nullable(),
  /** A repository (`owner/name`) for which Deckhand can propose the missing file by a pull request. */
  proposable: z.string().nullable(),
})
export type CheckBody = z.infer<typeof CheckBody>

/** `GET /api/admin/checks`. */
export const ChecksBody = z.strictObject({ checks: z.array(CheckBody) })
export type ChecksBody = z.infer<typeof ChecksBody>

export const OnboardingRequest = z.strictObject({ repository: z.string().max(140) })
export const OnboardingBody = z.strictObject({ number: z.int(), url: z.string() })
export type OnboardingBody = z.infer<typeof OnboardingBody>

/** `POST /api/admin/checks/test-issue`: an issue that the App opens to see a Run work, and the Run of the stub agent on it. */
export const TestIssueRequest = z.strictObject({ repository: z.string().max(140) })
export const TestIssueBody = z.strictObject({
  issue: z.strictObject({ number: z.int(), url: z.string() }),
  run: RunBody,
})
export type TestIssueBody = z.infer<typeof TestIssueBody>
