/** Puts the pieces of a stream together into lines, so that a secret that was cut in two is still found in one. */

/** A line longer than this is passed on in pieces. */
export const LINE_CHARS_MAX = 64 * 1024

export function lineSplitter(onLine: (line: string) => void): { feed: (text: string) => void; end: () => void } {
  let rest = ''
  return {
    feed(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
      if (rest.length > LINE_CHARS_MAX) {
        onLine(rest)
        rest = ''
      }
    },
    end() {
      if (rest) onLine(rest)
      rest = ''
    },
  }
}
