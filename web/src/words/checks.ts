/** The texts of the check page; what was found is told by the server, in the words of `npm run doctor`. */
export const checksWords = {
  title: 'Check',
  lead: 'Whether everything that Runs need works. In the terminal, npm run doctor says the same.',
  loading: 'the checks',
  failed: 'The checks could not be read.',
  again: 'Check again',
  busy: 'Checking…',
  states: { ok: 'OK', failed: 'Not OK', waiting: 'Waiting' },
  propose: 'Open a pull request',
  proposing: 'Opening a pull request…',
  proposed: (number: number) => `Pull request #${number} is open`,
  notProposed: 'The pull request was not opened.',
}
