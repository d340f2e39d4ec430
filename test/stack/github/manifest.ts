/** What the App asks for when a test does not say: the permissions of the product's manifest, and every event. */
import type { Permissions } from './types.ts'

export const defaultPermissions: Permissions = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
}

/** Sent to an App whether or not it subscribed. */
export const unconditionalEvents: readonly string[] = [
  'installation',
  'installation_repositories',
  'installation_target',
  'github_app_authorization',
  'ping',
]

/** The permission without which an installation does not get an event; events not named need none. */
export const eventPermissions: Record<string, readonly string[]> = {
  issues: ['issues'],
  issue_comment: ['issues', 'pull_requests'],
  label: ['issues', 'pull_requests'],
  pull_request: ['pull_requests'],
  pull_request_review: ['pull_requests'],
  pull_request_review_comment: ['pull_requests'],
  check_run: ['checks'],
  check_suite: ['checks'],
  push: ['contents'],
  create: ['contents'],
  delete: ['contents'],
  repository_dispatch: ['contents'],
  workflow_run: ['actions'],
  workflow_job: ['actions'],
}

export const subscribableEvents: readonly string[] = [...Object.keys(eventPermissions), 'repository', 'member']
