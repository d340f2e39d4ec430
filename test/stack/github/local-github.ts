/** Composition of the local GitHub: state, routes, git, webhooks and faults behind one loopback server. */
import type { LocalGitHub, LocalGitHubOptions } from './types.ts'

/** Starts a GitHub of its own on 127.0.0.1; dispose of it to stop the server and remove its repositories. */
export async function startLocalGitHub(_options: LocalGitHubOptions = {}): Promise<LocalGitHub> {
  throw new Error('The local GitHub has no server yet.')
}
