/** Labels of ours (surfaces.md 1.7): made when first used, never recoloured afterwards. */

export interface Label {
  name: string
  /** Six hexadecimal digits. */
  color: string
  description: string
}

export const PULL_REQUEST_LABEL: Label = { name: 'agent-pr', color: '8250df', description: 'Opened by an agent' }
/** On pull requests of Runs that were asked for with `gate=none`. */
export const GATES_OFF_LABEL: Label = {
  name: 'agent: gates off',
  color: 'cf222e',
  description: 'Made with gate=none: quality gates were disabled',
}
