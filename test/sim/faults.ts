/** What goes wrong, and how often. trust.md "Deterministic simulation" gives the figures. */
export interface FaultRates {
  duplicateDelivery: number
  reorderDelivery: number
  dropDelivery: number
  /** Of each port call: the replica dies before it is sent, or before its answer is heard. */
  killAtBoundary: number
  github5xx: number
  github429: number
  /** A write whose outcome the app does not hear. */
  mongoAmbiguous: number
  stepdown: boolean
  sandboxHangs: number
  sandboxFails: number
  runnerLost: number
  dispatchLost: number
  dispatchTwice: number
  cancel: number
  /** Somebody pauses the Run, and most of the time resumes it. */
  pause: number
  /** Somebody tells the agent something, twice. */
  say: number
  /** Somebody asks for the next attempt as soon as the Run has ended without success. */
  retry: number
  /** The job loses the app for good, works on, and leaves what it could not say in its artifact. */
  cutOff: number
  /** GitHub answers nobody for a while, once in a system. */
  githubOutage: number
  githubOutageMsMax: number
  /** An admin switches all agents off for a while, once in a system. */
  killSwitch: number
  /** Each so-many-th issue is asked to be done as a dry run; 0 is none. */
  dryRunEvery: number
}

export const FAULTS: FaultRates = {
  duplicateDelivery: 0.15,
  reorderDelivery: 0.15,
  dropDelivery: 0.1,
  killAtBoundary: 0.002,
  github5xx: 0.08,
  github429: 0.03,
  mongoAmbiguous: 0.03,
  stepdown: true,
  sandboxHangs: 0.05,
  sandboxFails: 0.05,
  runnerLost: 0.05,
  dispatchLost: 0.03,
  dispatchTwice: 0.08,
  cancel: 0.1,
  pause: 0.2,
  say: 0.3,
  retry: 0.3,
  cutOff: 0.03,
  githubOutage: 0.1,
  githubOutageMsMax: 100_000,
  killSwitch: 0.1,
  dryRunEvery: 3,
}

export const NO_FAULTS: FaultRates = {
  duplicateDelivery: 0,
  reorderDelivery: 0,
  dropDelivery: 0,
  killAtBoundary: 0,
  github5xx: 0,
  github429: 0,
  mongoAmbiguous: 0,
  stepdown: false,
  sandboxHangs: 0,
  sandboxFails: 0,
  runnerLost: 0,
  dispatchLost: 0,
  dispatchTwice: 0,
  cancel: 0,
  pause: 0,
  say: 0,
  retry: 0,
  cutOff: 0,
  githubOutage: 0,
  githubOutageMsMax: 100_000,
  killSwitch: 0,
  dryRunEvery: 0,
}

/** Faults planted into the system itself: each has to be found by the invariants (R14). */
export const mutants = [
  'no-unique-key',
  'answer-before-insert',
  'no-bind',
  'random-branch',
  'no-sweeper',
  'sleep-first-sweeper',
  'no-reaper',
  'endless-lease',
  'done-before-effect',
  'no-compare-and-set',
  'no-seq-check',
  'pause-in-name-only',
  'no-kill-switch',
  'no-reconciler',
  'artifact-left-behind',
  'deaf-job',
  'dry-run-pushes',
  'place-not-taken',
] as const
export type Mutant = (typeof mutants)[number]
