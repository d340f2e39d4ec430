/**
 * The log of one job: output of its steps with workflow commands obeyed and secrets masked, as GitHub would show it.
 */
import { parseCommand } from './commands.ts'

export interface Annotation {
  level: 'error' | 'warning' | 'notice'
  message: string
  title: string | undefined
  file: string | undefined
}

const LOG_CHARS_MAX = 8 * 1024 * 1024
const MASK_CHARS_MIN = 1

export class JobLog {
  readonly annotations: Annotation[] = []
  readonly #masks = new Set<string>()
  #text = ''
  #stopToken: string | null = null

  /** Everything written so far. */
  get text(): string {
    return this.#text
  }

  /** From now on each line of the value is shown as `***`. */
  mask(value: string): void {
    for (const line of [value, ...value.split(/\r?\n/)]) {
      if (line.trim().length >= MASK_CHARS_MIN) this.#masks.add(line)
    }
  }

  write(line: string): void {
    if (this.#text.length > LOG_CHARS_MAX) return
    this.#text += `${new Date().toISOString()} ${this.masked(line)}\n`
  }

  masked(text: string): string {
    let out = text
    // Longest first, so that a mask inside another one does not leave the rest of it.
    for (const mask of [...this.#masks].sort((a, b) => b.length - a.length)) out = out.replaceAll(mask, '***')
    return out
  }

  /** A command that a step left unclosed does not reach into the next one. */
  endStep(): void {
    this.#stopToken = null
  }

  /** A line of a step's output. `onState` and `onOutput` get what the older commands set. */
  output(
    line: string,
    on: { state: (name: string, value: string) => void; output: (name: string, value: string) => void },
  ) {
    const command = parseCommand(line)
    if (this.#stopToken !== null) {
      if (command?.name === this.#stopToken.toLowerCase()) this.#stopToken = null
      else this.write(line)
      return
    }
    switch (command?.name) {
      case 'add-mask':
        this.mask(command.value)
        return this.write('::add-mask::***')
      case 'stop-commands':
        this.#stopToken = command.value
        return this.write(line)
      case 'error':
      case 'warning':
      case 'notice':
        return this.#annotate(command.name, command.value, command.properties)
      case 'group':
        return this.write(`##[group]${command.value}`)
      case 'endgroup':
        return this.write('##[endgroup]')
      case 'debug':
        // Shown only where a repository switched debug logging on.
        return undefined
      case 'save-state':
        return on.state(command.properties['name'] ?? '', command.value)
      case 'set-output':
        return on.output(command.properties['name'] ?? '', command.value)
      case 'add-matcher':
      case 'remove-matcher':
      case 'echo':
        return undefined
      case 'set-env':
      case 'add-path':
        return this.write(`##[error]The \`${command.name}\` command is disabled.`)
      default:
        return this.write(line)
    }
  }

  error(message: string): void {
    this.#annotate('error', message, {})
  }

  #annotate(level: Annotation['level'], message: string, properties: Record<string, string>): void {
    const masked = this.masked(message)
    this.annotations.push({ level, message: masked, title: properties['title'], file: properties['file'] })
    for (const line of masked.split('\n')) this.write(`##[${level}]${line}`)
  }
}
