/** What the App must be allowed to do in a repository, and how far what it was granted falls short. A test holds this to app.yml. */

export const permissionLevels = ['none', 'read', 'write', 'admin'] as const
export type PermissionLevel = (typeof permissionLevels)[number]

export const neededPermissions: Readonly<Record<string, PermissionLevel>> = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
}

export interface PermissionCheck {
  name: string
  needed: PermissionLevel
  granted: PermissionLevel
  ok: boolean
}

/** One line a permission, in the order of their names. A level that GitHub may add one day counts as none. */
export function checkPermissions(granted: Readonly<Record<string, string>>): PermissionCheck[] {
  return Object.entries(neededPermissions).map(([name, needed]) => {
    const level = permissionLevels.find((known) => known === granted[name]) ?? 'none'
    return { name, needed, granted: level, ok: permissionLevels.indexOf(level) >= permissionLevels.indexOf(needed) }
  })
}
