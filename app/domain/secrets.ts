/**
 * Finds secrets in what is about to leave (trust.md row 28): those that the app knows, also encoded, reversed, split or
 * with their beginning cut off, and anything shaped like a well-known kind. Answers with the kind, never with the value.
 */

/** Shorter ones would be found in ordinary text. */
const KNOWN_SECRET_CHARS_MIN = 8
const PREFIX_CUT_CHARS = 7
/** A part that is searched for on its own has to be long enough to mean something. */
const NEEDLE_CHARS_MIN = 12
const LINE_CHARS_MIN = 40
const LINES_MAX = 4
const GENERIC_ENTROPY_BITS_MIN = 3.6

const patterns: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{36,}|\bghs_\d+_eyJ[\w-]{20,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/],
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/],
  ['an Anthropic key', /\bsk-ant-[A-Za-z0-9_-]{20,}/],
  ['an OpenAI key', /\bsk-(?:proj-|svcacct-|admin-)?(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])[\w-]{32,}/],
  ['an E2B key', /\be2b_[0-9a-f]{32,}/],
  [
    'a Slack token',
    /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/T\w{6,}\/B\w{6,}\/\w{16,}/,
  ],
  ['a Google key', /\bAIza[A-Za-z0-9_-]{35}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{20,}/],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{20,}/],
  [
    'a connection string with a password',
    /\b(?:mongodb(?:\+srv)?|postgres(?:ql)?|mysql|redis|amqp):\/\/[^\s:@/]{1,64}:[^\s:@/<>{}$*]{8,}@(?!localhost|127\.0\.0\.1)/,
  ],
]
/** `api_key = "…"`: only a value that looks random counts. */
const ASSIGNMENT =
  /(?:secret|token|passw(?:or)?d|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w-]{0,20}["'`]?\s{0,4}[:=]\s{0,4}["'`]?([A-Za-z0-9+/_=-]{20,200})/gi

/** What stands in a text instead of something shaped like a secret. */
export const MASK = '[secret]'
const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,60}-----|$)/g
const shapes = [PRIVATE_KEY, ...patterns.map(([, pattern]) => new RegExp(pattern.source, 'g'))]

/** The text without anything shaped like a well-known kind of secret: for what is shown before a proposal is checked. */
export function maskSecrets(text: string): string {
  return shapes.reduce((clean, shape) => clean.replace(shape, MASK), text)
}

/** A search that was prepared once for all texts of a proposal. */
export type SecretSearch = (text: string) => string | null

/** `text` may also be bytes as one character each. The answer names the kind of the first find. */
export function secretSearch(knownSecrets: readonly string[]): SecretSearch {
  const needles = [...new Set(knownSecrets.flatMap(withLines).flatMap(needlesOf))]
  return (text) => {
    if (needles.length > 0) {
      const bare = withoutPunctuation(text)
      if (needles.some((needle) => bare.includes(needle))) return 'a secret of this installation'
    }
    const kind = patterns.find(([, pattern]) => pattern.test(text))?.[0]
    return kind ?? (hasRandomAssignment(text) ? 'an assigned secret' : null)
  }
}

/** A secret of several lines, such as a PEM key, is also known by a few of its lines: escapes may stand between them. */
function withLines(secret: string): string[] {
  const lines = secret.split(/\s+/).filter((line) => line.length >= LINE_CHARS_MIN)
  const some = lines.length > 1 ? lines.slice(0, LINES_MAX) : []
  return [secret, ...some].filter((text) => text.length >= KNOWN_SECRET_CHARS_MIN)
}

/**
 * All spellings of one secret, without punctuation, so that pieces put together in code are found too. The spellings of
 * its end stand for the whole: what contains the secret contains its end, encoded or not.
 */
function needlesOf(secret: string): string[] {
  const end = secret.slice(PREFIX_CUT_CHARS)
  const core = withoutPunctuation(end).length >= NEEDLE_CHARS_MIN ? end : secret
  const bytes = latin1(core)
  const hex = Array.from(bytes, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
  const base64 = [0, 1, 2].map((offset) => base64Core(bytes, offset))
  const spellings = [
    core,
    bytes,
    encodeURIComponent(core),
    hex,
    hex.toUpperCase(),
    reversed(core),
    reversed(bytes),
    ...base64,
  ]
  return [...spellings, ...base64.map(reversed)]
    .map(withoutPunctuation)
    .filter((needle) => needle.length >= KNOWN_SECRET_CHARS_MIN)
}

/** The characters of the Base64 text that depend on `bytes` alone when they begin at this offset of a group of three. */
function base64Core(bytes: string, offset: number): string {
  const encoded = btoa('\0'.repeat(offset) + bytes).replace(/=+$/, '')
  const cutFront = offset === 0 ? 0 : offset + 1
  return encoded.slice(cutFront, (offset + bytes.length) % 3 === 0 ? undefined : -1)
}

function latin1(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}

function reversed(text: string): string {
  return Array.from(text).toReversed().join('')
}

/** Base64 and Base64url differ in punctuation only, so that one spelling serves both. */
function withoutPunctuation(text: string): string {
  return text.replace(/[^A-Za-z0-9\u0080-\uffff]+/g, '')
}

function hasRandomAssignment(text: string): boolean {
  for (const match of text.matchAll(ASSIGNMENT)) {
    const value = match[1]!
    const mixed = /\d/.test(value) && /[a-z]/i.test(value) && !/^[a-z_-]+\d{0,4}$/i.test(value)
    if (mixed && entropyBits(value) >= GENERIC_ENTROPY_BITS_MIN) return true
  }
  return false
}

/** Shannon entropy per character. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0)
}
