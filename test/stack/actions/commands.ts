/**
 * What a step says to its runner: workflow commands on its output, and the files named in `GITHUB_OUTPUT` and its
 * siblings. Syntax and escapes follow actions/runner (`ActionCommand.cs`, `FileCommandManager.cs`).
 */
export interface WorkflowCommand {
  name: string
  properties: Record<string, string>
  value: string
}

/** Reads `::name key=value,key=value::text`; null when the line is no command. */
export function parseCommand(line: string): WorkflowCommand | null {
  const match = /^\s*::([A-Za-z0-9_-]+)(?:\s+([^\n]*?))?::(.*)$/s.exec(line)
  if (!match) return null
  const properties: Record<string, string> = {}
  for (const pair of (match[2] ?? '').split(',')) {
    const at = pair.indexOf('=')
    if (at > 0) properties[pair.slice(0, at).trim()] = unescape(pair.slice(at + 1), true)
  }
  return { name: match[1]!.toLowerCase(), properties, value: unescape(match[3]!, false) }
}

function unescape(text: string, property: boolean): string {
  const plain = text.replaceAll('%0D', '\r').replaceAll('%0A', '\n')
  return (property ? plain.replaceAll('%3A', ':').replaceAll('%2C', ',') : plain).replaceAll('%25', '%')
}

/** Reads `name=value` and `name<<END … END`; throws what the runner says of anything else. */
export function parseCommandFile(content: string): Map<string, string> {
  const values = new Map<string, string>()
  const lines = content.split(/\r?\n/)
  while (lines.length > 0) {
    const line = lines.shift()!
    if (line === '') continue
    const [equals, heredoc] = [line.indexOf('='), line.indexOf('<<')]
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`)
      values.set(line.slice(0, equals), line.slice(equals + 1))
    } else if (heredoc > 0) {
      values.set(line.slice(0, heredoc), heredocValue(lines, line.slice(heredoc + 2)))
    } else throw new Error(`Invalid format '${line}'`)
  }
  return values
}

function heredocValue(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter)
  if (!delimiter || end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
  const value = lines.splice(0, end + 1)
  return value.slice(0, -1).join('\n')
}
