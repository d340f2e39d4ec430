/**
 * What a command printed: every text goes to the listener as it comes, and the last bytes are kept for the result, so
 * that a command that prints without end costs no more memory than one that prints a megabyte.
 */
import { OUTPUT_BYTES_MAX } from './provider.ts'

export interface Output {
  push(bytes: Uint8Array): void
  /** Flushes what is left of a split character to the listener and returns the kept tail as text. */
  end(): string
}

/** A listener that throws is not called again: its error must not end the command. */
export function outputOf(listener: ((text: string) => void) | undefined, bytesMax = OUTPUT_BYTES_MAX): Output {
  const decoder = new TextDecoder()
  let listening = listener !== undefined
  let chunks: Uint8Array[] = []
  let length = 0
  const tell = (text: string) => {
    if (!listening || text === '') return
    try {
      listener?.(text)
    } catch {
      listening = false
    }
  }
  const compact = () => {
    const tail = Buffer.concat(chunks).subarray(-bytesMax)
    chunks = [tail]
    length = tail.length
  }
  return {
    push(bytes) {
      tell(decoder.decode(bytes, { stream: true }))
      chunks.push(bytes)
      length += bytes.length
      if (length > 2 * bytesMax) compact()
    },
    end() {
      tell(decoder.decode())
      compact()
      return textOf(chunks[0] ?? new Uint8Array())
    },
  }
}

/** Decodes a tail that may begin inside a character: the broken first bytes are dropped. */
function textOf(bytes: Uint8Array): string {
  let start = 0
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  return new TextDecoder().decode(bytes.subarray(start))
}

/** Shells and bubblewrap report the end by signal n as 128 + n; the contract calls that "no exit code". */
export function exitCodeOf(status: number): number | null {
  return status > 128 && status <= 192 ? null : status
}
