/** The texts of the list of Runs: what narrows it, and what is done with several Runs at once. */
import type { RunWindow } from '#contracts/api.ts'

const runs = (count: number) => (count === 1 ? 'run' : `${count} runs`)

export const runsWords = {
  filters: 'Search and filters',
  search: 'Search title, #issue, branch, run id',
  find: 'Search',
  clear: 'Clear',
  chosen: (name: string, value: string) => `${name}: ${value}`,
  status: { name: 'Status', any: 'Any status' },
  repository: { name: 'Repo', any: 'Every repository' },
  agent: { name: 'Agent', any: 'Every agent' },
  requestedBy: { name: 'Asked by', any: 'Everybody' },
  within: {
    name: 'Time',
    any: 'Any time',
    words: {
      '1h': 'Last hour',
      '24h': 'Last 24 hours',
      '7d': 'Last 7 days',
      '30d': 'Last 30 days',
    } satisfies Record<RunWindow, string>,
  },
  /** `max` stands for that many and more. */
  count: (word: string, count: string) => `${word} ${count}`,
  orMore: (max: string) => `${max}+`,
  range: (from: number, to: number, of: string) => `${from}–${to} of ${of}`,
  looked: 'Nothing among the newest runs. Older ones may match.',
  lookOn: 'Search older runs',
  row: {
    column: 'Actions',
    asked: 'asked',
    open: (title: string, issue: string) => `Actions for ${title}, ${issue}`,
  },
  selection: {
    column: 'Select',
    one: (title: string, issue: string) => `Select ${title}, ${issue}`,
    label: 'Selected runs',
    selected: (count: number) => `${count} selected`,
    clear: 'Clear selection',
    key: 'Select or unselect the row',
    list: 'These runs',
    none: { cancel: 'None of them can be cancelled.', retry: 'None of them can be retried.' },
    left: (count: number, of: number) =>
      count === of ? 'This was not done:' : `This was not done for ${count} of ${of}:`,
    cancel: {
      open: 'Cancel…',
      title: (count: number) => `Cancel ${count === 1 ? 'this run' : `these ${count} runs`}?`,
      text: 'Each agent stops at its next checkpoint, usually within 10 s, and its sandbox is released. Commits already pushed stay on their branches.',
      reason: 'Reason (optional)',
      keep: 'Keep running',
      confirm: (count: number) => `Cancel ${runs(count)}`,
      sending: 'Cancelling…',
      done: (count: number) => `Cancelling ${count === 1 ? 'the run' : `${count} runs`}.`,
    },
    retry: {
      open: 'Retry…',
      title: (count: number) => (count === 1 ? 'Start a new run?' : `Start ${count} new runs?`),
      text: 'The same instructions go to the agent again, on a new sandbox, as the next attempt of each run.',
      keep: 'Cancel',
      confirm: (count: number) => `Start ${runs(count)}`,
      sending: 'Starting…',
      done: (count: number) => (count === 1 ? 'Run queued.' : `${count} runs queued.`),
    },
  },
} as const
