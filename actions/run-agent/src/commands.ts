/**
 * What the Actions runner understands: workflow commands on standard output and key-value files. `@actions/core` does
 * the same, but loading it takes twice as long as everything else together (it brings an HTTP stack), so these few
 * lines stand here. Foreign text goes through `foreign` only, which makes it inert.
 */
import { appendFileSync } from 'node:fs'

export interface RunnerFiles {
  outputFile: string | undefined
  stateFile: string | undefined
  summaryFile: string | undefined
}

export type Print = (text: string) => void

export interface Commands {
  /** From now on the runner prints `***` in place of this value. */
  mask(secret: string): void
  info(text: string): void
  notice(title: string, text: string): void
  warning(title: string, text: string): void
  error(title: string, text: string): void
  /** Prints lines that somebody else wrote: no line in them is taken as a workflow command. */
  foreign(lines: readonly string[]): void
  setOutput(name: string, value: string): void
  saveState(name: string, value: string): void
  summary(markdown: string): void
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** One line of our own text. A zero-width space takes apart what would start a command: `##[` does so anywhere in a line. */
const inert = (text: string): string =>
  text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('##[', '#\u200B#[')
    .replace(/^(\s*)::/, '$1\u200B::')

/**
 * @param print writes to standard output; called once per group of lines, so that nothing gets between them.
 * @param files where the runner reads outputs, state and summary; a missing one is skipped (outside of Actions).
 */
export function runnerCommands(print: Print, files: RunnerFiles): Commands {
  const annotate = (command: string, title: string, text: string): void =>
    print(`::${command} title=${property(title)}::${data(text)}\n`)
  return {
    mask: (secret) => {
      for (const line of secret.split('\n')) if (line.trim()) print(`::add-mask::${data(line)}\n`)
    },
    info: (text) => print(`${inert(text)}\n`),
    notice: (title, text) => annotate('notice', title, text),
    warning: (title, text) => annotate('warning', title, text),
    error: (title, text) => annotate('error', title, text),
    foreign: (lines) => {
      if (lines.length === 0) return
      const token = crypto.randomUUID()
      print(`::stop-commands::${token}\n${lines.map((line) => `${line}\n`).join('')}::${token}::\n`)
    },
    setOutput: (name, value) => append(files.outputFile, keyValue(name, value)),
    saveState: (name, value) => append(files.stateFile, keyValue(name, value)),
    summary: (markdown) => append(files.summaryFile, markdown.endsWith('\n') ? markdown : `${markdown}\n`),
  }
}

/** The runner's here-document form, whose random delimiter no value can contain. */
function keyValue(name: string, value: string): string {
  const delimiter = `ghadelimiter_${crypto.randomUUID()}`
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`
}

function append(file: string | undefined, text: string): void {
  if (file) appendFileSync(file, text)
}
