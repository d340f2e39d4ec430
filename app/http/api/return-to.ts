/** Where a sign-in may lead back to: a path of this very site and nothing else (trust.md row 38). */

const RETURN_TO_CHARS_MAX = 2_000
/** Stands for our own host, whatever it is called; a value that leads elsewhere changes it. */
const HERE = 'https://here.invalid'

/** The path, query and fragment to return to, or `/` for anything that leads elsewhere. */
export function safeReturnTo(value: string | undefined): string {
  if (!value || value.length > RETURN_TO_CHARS_MAX) return '/'
  // Browsers read `\` as `/` and drop tabs and line ends, so a value with one of them is not what it looks like.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes('\\')) return '/'
  if (!URL.canParse(value, HERE)) return '/'
  const url = new URL(value, HERE)
  const path = `${url.pathname}${url.search}${url.hash}`
  // Resolving `/.//host` leaves a path that a browser would take for another host; the API is no place to land.
  if (url.origin !== HERE || path.startsWith('//') || url.pathname.startsWith('/api/')) return '/'
  return path
}
