/** The texts of the tree of issues. */
export const treeWords = {
  title: 'Sub-issues',
  hint: 'Alt with the up or down arrow moves the issue that has the focus.',
  parent: 'Part of',
  done: (done: number, total: number) => `${done} of ${total} done`,
  pull: (number: number) => `PR #${number}`,
  open: (name: string) => `Show what is below ${name}`,
  close: (name: string) => `Hide what is below ${name}`,
  up: (name: string) => `Move ${name} up`,
  down: (name: string) => `Move ${name} down`,
  moved: (name: string, at: number, of: number) => `${name} is now ${at} of ${of}.`,
  notMoved: 'The issue was not moved.',
  loading: 'the sub-issues',
  failed: 'Could not load all sub-issues.',
  unavailable: 'Sub-issues are not available: GitHub gave no answer.',
  onGitHub: 'Open the issue on GitHub',
  truncated: 'There are more sub-issues than are shown here. GitHub shows all of them.',
} as const
