/** The texts of the tree of issues. */
export const treeWords = {
  title: 'Sub-issues',
  hint: 'A click on a title, or Enter, shows the issue; Escape closes it.',
  /** Only sub-issues have an order. */
  orderHint: 'Alt with the up or down arrow moves a sub-issue among its siblings.',
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
  panel: {
    close: 'Close the issue',
    open: 'Open the issue’s page',
    readAll: 'Read all on its page',
    readOnGitHub: 'Read all on GitHub',
    run: 'Newest run',
    pullStates: { open: 'Open', draft: 'Draft', merged: 'Merged', closed: 'Closed' },
    checked: 'How it was checked',
    checks: {
      title: 'Checks of the pull request',
      none: 'GitHub knows of no checks of the pull request.',
      more: 'There are more checks on GitHub.',
      /** GitHub’s word is kept where there is no better one. */
      result: (status: 'running' | 'completed', conclusion: string | null) => {
        if (status === 'running') return 'In progress'
        if (conclusion === 'success') return 'Passed'
        if (conclusion === 'failure') return 'Failed'
        const word = (conclusion ?? 'completed').replaceAll('_', ' ')
        return `${word.charAt(0).toUpperCase()}${word.slice(1)}`
      },
    },
    comments: 'Latest comments',
    loadingComments: 'the comments',
    commentsFailed: 'Could not load the comments.',
    noComments: 'Nobody has commented on this issue.',
    older: 'Older comments are on GitHub',
    gone: 'Deleted account',
  },
  page: {
    title: 'Issue tree',
    lead: 'Open issues with sub-issues, and what is below them.',
    filters: 'Filters',
    hideDone: 'Hide done',
    status: 'Status',
    statuses: { any: 'Any status', none: 'No run yet' },
    loading: 'the issue tree',
    failed: 'Could not load the issue tree.',
    empty: {
      title: 'No open issue has sub-issues.',
      text: 'Add sub-issues to an issue on GitHub, and its tree stands here.',
    },
    none: { title: 'No issues match.', clear: 'Show all' },
    truncated: 'There are more issues than are shown here. Open an issue to see what is below it.',
  },
} as const
