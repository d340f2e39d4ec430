/** How much of a change is shown: which files are compared at all, and how long their patches may be together. */

/** Of one file; longer ones are not shown. */
export const PATCH_CHARS_MAX = 60_000
const PATCHES_CHARS_MAX = 1_000_000

/** Gives back the patches that there is room for among those of one change, and null for the others. */
export function patchBudget(): (patch: string | null) => string | null {
  let chars = 0
  return (patch) => {
    chars += patch?.length ?? 0
    return patch !== null && patch.length <= PATCH_CHARS_MAX && chars <= PATCHES_CHARS_MAX ? patch : null
  }
}

/** Longer files are not compared. */
const FILE_BYTES_MAX = 200_000

/** The text of a file; null where it is none, or too long to be compared. */
export function fileText(bytes: Uint8Array): string | null {
  if (bytes.length > FILE_BYTES_MAX) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}
