/**
 * The app's log: one JSON line for each event, with the Run's id on every line that belongs to a Run (and its trace's,
 * when there are traces), and without anything that opens a door (trust.md rows 40 and 45).
 */
import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

import type { Config } from '../config.ts'
import { secretsOf } from './secrets.ts'
import type { WithSecrets } from './secrets.ts'
import { traceIdOf } from '../domain/trace.ts'
import { sha256 } from '../ids.ts'

const FRAMES_MAX = 12
const MESSAGE_CHARS_MAX = 500
const CAUSES_MAX = 3
/** What a credential looks like: GitHub's, E2B's, a JWT, a private key, a header, a password in an address. */
const CREDENTIAL =
  /gh[a-z]_\w+|github_pat_\w+|e2b_\w+|eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|-----BEGIN[\w \\/+=-]+-----|\b(?:bearer|basic) [\w.~+/=-]+|\/\/[^\s/@"\\]+@/gi
const RUN_OF_PATH = /\/runs\/(r_[0-9a-z]{10})(?:\/|$)/
/** The target of an audited act, or what became of a delivery. */
const RUN = /(?:^|[ :])(r_[0-9a-hjkmnp-tv-z]{10})(?![0-9a-z_])/

/** What the log has to know; before set-up there is no App whose secrets it could tell. */
export type LogConfig = WithSecrets & Pick<Config, 'logLevel'> & Partial<Pick<Config, 'otlpEndpoint'>>

/** Takes every secret of the installation, and what looks like a credential, out of JSON text. */
export function redactor(config: LogConfig): (text: string) => string {
  const secrets = secretsOf(config).map((secret) => JSON.stringify(secret).slice(1, -1))
  return (text) =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text).replace(CREDENTIAL, '[redacted]')
}

/** A log that never writes a secret. */
export function createLog(config: LogConfig, stream?: DestinationStream): Logger {
  const redact = redactor(config)
  const options = {
    level: config.logLevel,
    base: null,
    serializers: { err: shown },
    formatters: {
      level: (level: string) => ({ level }),
      log: (fields: Record<string, unknown>) => withRun(fields, Boolean(config.otlpEndpoint)),
    },
    hooks: {
      // Over the whole line: a secret may stand in any field, even in one that somebody adds some day.
      streamWrite: redact,
    },
  }
  return stream ? pino(options, stream) : pino(options)
}

/** The Run that a line is about, where the line itself does not say it by that name. */
function withRun(fields: Record<string, unknown>, traced: boolean): Record<string, unknown> {
  const { path, target, reason } = fields
  const found = typeof fields['runId'] === 'string' ? fields['runId'] : null
  const runId = found ?? matched(RUN_OF_PATH, path) ?? matched(RUN, target) ?? matched(RUN, reason)
  if (runId === null) return fields
  return { ...fields, runId, ...(traced ? { trace_id: traceIdOf(sha256, runId) } : {}) }
}

const matched = (pattern: RegExp, text: unknown): string | null =>
  typeof text === 'string' ? (pattern.exec(text)?.[1] ?? null) : null

/** An error by what is known to be harmless: libraries hang whole requests onto theirs. */
function shown(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, MESSAGE_CHARS_MAX) }
  const { name, message, stack = '', cause } = error
  const { code, status } = error as { code?: unknown; status?: unknown }
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: name,
    message: message.slice(0, MESSAGE_CHARS_MAX),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    frames: frames.slice(0, FRAMES_MAX).map((line) => line.trim()),
    ...(cause === undefined || depth >= CAUSES_MAX ? {} : { cause: shown(cause, depth + 1) }),
  }
}
