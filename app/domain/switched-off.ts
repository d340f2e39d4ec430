/** The refusal of a request while the kill switch is on: it left nothing behind, and nothing else is wrong with it. */
export class SwitchedOff extends Error {
  constructor() {
    super('The kill switch is on: no Run is taken on.')
    this.name = 'SwitchedOff'
  }
}
