/**
 * Makes a log line harmless to show and to store: one line, colours kept, everything else that a terminal would obey
 * taken out (trust.md row 40).
 */

/** `ESC [ … m` sets colours and weight (SGR) and nothing else; a reader turns it into styles. */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /(\u001B\[[0-9;]{0,32}m)|\u001B\[[0-?]{0,64}[ -/]{0,8}[@-~]|\u001B\][^\u0007\u001B]{0,1024}(?:\u0007|\u001B\\)?|\u001B[ -/]{0,4}[0-~]?|[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029]/g

export function cleanLogText(text: string): string {
  return text.toWellFormed().replace(SEQUENCES, (_match, colour: string | undefined) => colour ?? '')
}
