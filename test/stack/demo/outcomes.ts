/** The issues of a demo that stays up: five Runs that came to five different ends, or to a wait for a person. */

/** What happens to a Run while its agent works. */
export type Interference = 'cancel' | 'pause' | 'lose the runner'

export interface Outcome {
  title: string
  body: string
  /** Lines below `/assign-agent stub`. */
  instructions: readonly string[]
  interference: Interference | null
}

/** Long enough for what happens to arrive in the middle of the agent's work. */
const SLOW_STEP = 'stub: slow 2000'

/** The first is the main job; the others are played after it, one by one. */
export const outcomes: readonly [Outcome, ...Outcome[]] = [
  {
    title: 'Add CSV export to orders',
    body: 'People want their orders as a spreadsheet.',
    instructions: [],
    interference: null,
  },
  {
    title: 'Sort orders by date',
    body: 'The newest order comes first.',
    instructions: ['stub: no-change'],
    interference: null,
  },
  {
    title: 'Send a receipt by mail',
    body: 'Who pays gets a receipt.',
    instructions: ['stub: fail'],
    interference: null,
  },
  {
    title: 'Translate the order page',
    body: 'The page is in English only.',
    instructions: [SLOW_STEP],
    interference: 'cancel',
  },
  {
    title: 'Show prices with the right currency',
    body: 'Prices have no currency sign.',
    instructions: [SLOW_STEP, 'stub: commits 2'],
    interference: 'pause',
  },
]
