/** What people read about each agent, and about each kind of sandbox that an agent may work in. */

const agents: Record<string, { kind: string; about: string }> = {
  stub: {
    kind: 'Coder',
    about: 'Appends a line to README.md without a model. It shows that everything around an agent works.',
  },
}

export function aboutAgent(name: string): { kind: string; about: string } {
  return agents[name] ?? { kind: 'Coder', about: 'No description was given.' }
}

export interface SandboxKind {
  name: 'e2b' | 'local' | 'docker'
  title: string
  about: string
  chosen: boolean
  available: boolean
  /** Why it cannot be chosen; null where it can. */
  why: string | null
}

/** Every kind, also those that cannot be had here, with the reason (S001: "coming soon" is shown, not hidden). */
export function sandboxKinds(chosen: string, hasE2bKey: boolean): SandboxKind[] {
  const kind = (name: SandboxKind['name'], title: string, about: string, why: string | null): SandboxKind => ({
    name,
    title,
    about,
    chosen: name === chosen,
    available: why === null,
    why,
  })
  return [
    kind('e2b', 'E2B', 'A virtual machine for each Run.', hasE2bKey ? null : 'E2B_API_KEY is not set.'),
    kind('local', 'Local', 'Namespaces on the machine of the job.', null),
    kind('docker', 'Docker', 'A container for each Run.', 'Coming soon.'),
  ]
}
