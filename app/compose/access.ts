/** What the access of people rests on at GitHub, which asks by name; a name may be another repository's by now (trust.md row 10). */
import type { RepositoryRef } from '../domain/events.ts'
import type { GitHubPort } from '../github/port.ts'
import { remembered } from '../github/remembered.ts'
import type { AccessPorts } from '../http/api/access.ts'

/** Half of what a permission is kept for. */
const NAMES_FRESH_MS = 30_000
const NAMES_KEPT_MAX = 10_000

type GitHub = Pick<GitHubPort, 'permissionOf' | 'repository'>

/** The ports of `Access` over GitHub; the rest comes from the store. */
export function accessOver(github: GitHub): Pick<AccessPorts, 'permissionOf' | 'isPrivate' | 'isNamedSo'> {
  const ids = remembered<number | null>(NAMES_KEPT_MAX, NAMES_FRESH_MS)
  const askFor = ({ owner, name, installationId }: RepositoryRef) => github.repository(owner, name, installationId)
  return {
    permissionOf: (repository, login, userId) => github.permissionOf(repository, login, userId),
    isPrivate: async (repository) => {
      const found = await askFor(repository)
      // Gone, or by now another repository of the same name.
      return found?.id !== repository.id || found.private
    },
    isNamedSo: async (repository) => {
      const { id, owner, name, installationId } = repository
      const named = await ids.read(`${installationId}:${owner}/${name}`.toLowerCase(), async () => {
        const found = await askFor(repository)
        return { etag: undefined, value: found && found.id }
      })
      return named === id
    },
  }
}
