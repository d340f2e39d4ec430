/** Labels of ours (surfaces.md 1.7): made when first used, never recoloured afterwards. */

export interface Label {
  name: string
  /** Six hexadecimal digits. */
  color: string
  description: string
}

export const PULL_REQUEST_LABEL: Label = { name: 'agent-pr', color: '8250df', description: 'Opened by an agent' }
