/**
 * One trace a Run (W3C Trace Context). The ids are functions of the Run, so that every replica, the job and the log name
 * the same trace without telling each other.
 */
export type Sha256 = (text: string) => string

export const traceIdOf = (sha256: Sha256, runId: string): string => sha256(`trace ${runId}`).slice(0, 32)

/** The span of a dispatch: what the job reports hangs below it. */
export const rootSpanIdOf = (sha256: Sha256, dispatchId: string): string => sha256(`span ${dispatchId}`).slice(0, 16)

/** The header `traceparent` that travels with a dispatch. */
export function traceparentOf(sha256: Sha256, run: { id: string; dispatch: { id: string } }): string {
  return `00-${traceIdOf(sha256, run.id)}-${rootSpanIdOf(sha256, run.dispatch.id)}-01`
}

/** The span that a header names as its parent, when it is of this Run's trace; a stranger's header is not believed. */
export function parentSpanOf(sha256: Sha256, runId: string, traceparent: unknown): string | null {
  const found =
    typeof traceparent === 'string' ? /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent) : null
  return found?.[1] === traceIdOf(sha256, runId) ? found[2]! : null
}
