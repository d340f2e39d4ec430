/** What people read about onboarding documents and context packs, and what is wrong with those that they name. */
import { RECENT_LOGS_RUNS_MAX } from '../../contracts/onboarding.ts'

export const onboardingProblems = {
  documentName: 'A document of Deckhand is named like deckhand:dev: a letter, then letters, digits and hyphens.',
  logs: `recentLogs: takes a number of Runs from 1 to ${RECENT_LOGS_RUNS_MAX}, like recentLogs:5.`,
  prefix: (prefix: string) => `Small and capital letters count here. Write the beginning as ${prefix}.`,
  path: (bad: string) => `This is ${bad}. Name a file of the repository, like docs/onboarding.md.`,
  unknown: (name: string) => `Deckhand keeps no document called ${name}. Save it first, or name another one.`,
  logsAsDocument: 'Logs are no onboarding document. Put recentLogs: among the context packs.',
  logsTwice: 'recentLogs: stands here twice. Keep one of them.',
  twice: 'This stands here twice. Keep one of them.',
  empty: 'A document needs a text.',
  tooLarge: (bytes: number, bytesMax: number) =>
    `The text has ${bytes} bytes; at most ${bytesMax} are kept. Move a part of it to another document.`,
  control: 'The text holds control characters. Take them out; line feeds and tabs may stay.',
  version: (version: number) => `There is no version ${version} of this document any more.`,
} as const

export const onboardingTexts = {
  wrong: 'The agent cannot be given this.',
  wrongDocument: 'This document cannot be kept.',
  changed: (version: number, by: string | null) =>
    `${by ?? 'Somebody'} changed this in the meantime: it is version ${version} now. Read it again before you save.`,
  full: (max: number) => `Deckhand keeps at most ${max} documents besides its own. Change one of them instead.`,
  notAdmin: 'Only an admin of this Deckhand may change this.',
} as const
