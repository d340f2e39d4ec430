/** Copying to the clipboard, and saying so to those who cannot see that nothing else happened. */
import { words } from '../words.ts'
import { announce } from './Announcer.tsx'

export function copy(text: string): void {
  void navigator.clipboard?.writeText(text).then(() => announce(words.run.copied))
}
