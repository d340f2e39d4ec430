/** Reads unified diffs and lists of paths, for showing. Pure. */
export interface DiffLine {
  kind: 'hunk' | 'same' | 'added' | 'removed' | 'note'
  before: number | null
  after: number | null
  text: string
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/

/** The lines of a patch as GitHub tells it: hunks without a file header. */
export function diffLines(patch: string): DiffLine[] {
  let before = 0
  let after = 0
  return patch.split('\n').map((line): DiffLine => {
    const hunk = HUNK.exec(line)
    if (hunk) {
      before = Number(hunk[1])
      after = Number(hunk[2])
      return { kind: 'hunk', before: null, after: null, text: line }
    }
    const text = line.slice(1)
    if (line.startsWith('+')) return { kind: 'added', before: null, after: after++, text }
    if (line.startsWith('-')) return { kind: 'removed', before: before++, after: null, text }
    // "\ No newline at end of file"
    if (line.startsWith('\\')) return { kind: 'note', before: null, after: null, text: text.trim() }
    return { kind: 'same', before: before++, after: after++, text }
  })
}

export interface Folder {
  /** Path of the folder, empty for the top. */
  name: string
  files: { name: string; place: number }[]
}

/** Paths by their folder, in order; `place` is where the path stood in the list. */
export function foldersOf(paths: readonly string[]): Folder[] {
  const folders = new Map<string, Folder>()
  for (const [place, path] of paths.entries()) {
    const cut = path.lastIndexOf('/')
    const name = cut < 0 ? '' : path.slice(0, cut)
    const folder = folders.get(name) ?? { name, files: [] }
    folders.set(name, folder)
    folder.files.push({ name: path.slice(cut + 1), place })
  }
  return [...folders.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
