/** The texts of the dialog that starts a Run from the list. */
export const newRunWords = {
  title: 'New run',
  steps: ['Repository', 'Sandbox and workflow', 'Issue and instructions'],
  step: (number: number, of: number, name: string) => `Step ${number} of ${of}: ${name}`,
  back: 'Back',
  next: 'Next',
  start: 'Start run',
  starting: 'Starting…',
  repository: {
    field: 'Repository',
    hint: 'owner/name, or an address on GitHub.',
    known: 'Known repositories',
    choose: 'Choose one',
    button: 'Verify & connect',
    sending: 'Asking GitHub…',
    unreadable: 'Type owner/name or an address on GitHub.',
    unverified: 'Verify the repository first.',
    failed: 'The repository could not be verified.',
    connected: (name: string, branch: string) => `Connected to ${name}. Its default branch is ${branch}.`,
  },
  sandbox: 'Sandbox: where the agent works.',
  workflow: 'Workflow: what the agent does.',
  /** The first one is what a Run is. */
  workflows: [
    { name: 'change', title: 'Change', about: 'Works on its own branch and opens a pull request.', why: null },
    { name: 'plan', title: 'Plan', about: 'Writes down what it would do.', why: 'Coming soon.' },
    { name: 'review', title: 'Review', about: 'Reads a pull request and says what it finds.', why: 'Coming soon.' },
  ],
  issue: {
    open: 'Open issues',
    choose: 'Choose one',
    one: (number: number, title: string) => `#${number} ${title}`,
    unread: 'The open issues could not be read. Type the number of one.',
    number: 'Issue number',
    missing: 'Choose an issue or type its number.',
  },
} as const
