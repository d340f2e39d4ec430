/**
 * Files are read and written by a command inside the sandbox, with its powers and its view of the machine, so a link
 * that leads out leads nowhere; where there is no namespace, the physical path is compared with the workdir first.
 */
import { outputOf } from './output.ts'
import { resolveInside } from './paths.ts'
import { FILE_BYTES_MAX } from './provider.ts'
import type { ExecOptions } from './provider.ts'

const FILE_TIMEOUT_MS = 60_000
const REFUSED = 77

const INSIDE = `
root=$(readlink -f -- "$1") || exit 1
inside() { case "$1/" in "$root"/*) ;; *) echo "leads out of the sandbox's workdir" >&2; exit ${REFUSED};; esac; }
`
const READ = `${INSIDE}
real=$(readlink -f -- "$2") && [ -e "$real" ] || { echo "no such file" >&2; exit 1; }
inside "$real"; [ -f "$real" ] || { echo "not a file" >&2; exit 1; }
exec cat -- "$real"`
const WRITE = `${INSIDE}
parent=$(dirname -- "$2"); known=$parent
while [ ! -e "$known" ] && [ ! -L "$known" ]; do known=$(dirname -- "$known"); done
inside "$(readlink -f -- "$known")"; mkdir -p -- "$parent" || exit 1
if [ -L "$2" ]; then inside "$(readlink -f -- "$2")"; fi
exec cat > "$2"`

/** Where a command's output goes. */
export interface Sink {
  out: { push(bytes: Uint8Array): void }
  err: { push(bytes: Uint8Array): void }
}

type Run = (argv: readonly string[], options: ExecOptions, sink: Sink) => Promise<{ exitCode: number | null }>

/** `read` and `write` of a sandbox whose commands `run` runs. Both reject with a sentence that names the path. */
export function localFiles(workdir: string, run: Run) {
  async function file(script: string, path: string, stdin: string | Uint8Array, verb: string): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const stderr = outputOf(undefined)
    const tooLarge = new AbortController()
    const push = (chunk: Uint8Array) => {
      bytes += chunk.length
      if (bytes > FILE_BYTES_MAX) tooLarge.abort()
      else chunks.push(chunk)
    }
    const argv = ['/bin/sh', '-c', script, 'sh', workdir, resolveInside(workdir, path)]
    const options = { stdin, timeoutMs: FILE_TIMEOUT_MS, signal: tooLarge.signal }
    const { exitCode } = await run(argv, options, { out: { push }, err: stderr })
    if (bytes > FILE_BYTES_MAX) throw new Error(`${path} is larger than the ${FILE_BYTES_MAX} bytes that can be read.`)
    if (exitCode === 0) return Buffer.concat(chunks)
    throw new Error(
      `Could not ${verb} ${JSON.stringify(path)} in the sandbox: ${stderr.end().trim() || 'it was stopped'}.`,
    )
  }

  return {
    read: (path: string): Promise<Uint8Array> => file(READ, path, '', 'read'),
    write: async (path: string, data: string | Uint8Array): Promise<void> => {
      await file(WRITE, path, data, 'write')
    },
  }
}
