/** The documents that come with Deckhand, read once at the start. */
import { readFileSync } from 'node:fs'

const names = ['spec-writer', 'roadmap', 'dev', 'tests', 'reviewer', 'qa', 'release', 'infra'] as const

/** Their texts by their names: `deckhand:dev` is `app/documents/dev.md` until an admin saves another text. */
export function ourDocuments(): Map<string, string> {
  return new Map(names.map((name) => [name, readFileSync(new URL(`../documents/${name}.md`, import.meta.url), 'utf8')]))
}
