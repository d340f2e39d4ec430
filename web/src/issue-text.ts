/** An issue's text in parts: what it says, and the acceptance criteria that it lists as tasks in GitHub's way. Pure. */

export interface Criterion {
  text: string
  done: boolean
}
export type Part = { text: string } | { criteria: Criterion[] }

/** Nobody checks more; those after them stay text. */
const CRITERIA_MAX = 100
const TASK = /^\s*[-*+] \[([ xX])\] (.*)$/
const FENCE = /^\s*(`{3,}|~{3,})/

/** In the order of the text, nothing left out but empty lines around a list. What stands in a code fence is no task. */
export function partsOf(body: string): Part[] {
  const parts: Part[] = []
  let lines: string[] = []
  let left = CRITERIA_MAX
  const endText = () => {
    const text = lines.join('\n').replace(/^\n+/, '').trimEnd()
    if (text !== '') parts.push({ text })
    lines = []
  }
  const isTask = outsideFences()
  for (const line of body.split(/\r?\n/)) {
    const found = isTask(line) && left > 0 ? criterionIn(line) : null
    if (!found) {
      lines.push(line)
      continue
    }
    left -= 1
    endText()
    const last = parts.at(-1)
    if (last && 'criteria' in last) last.criteria.push(found)
    else parts.push({ criteria: [found] })
  }
  endText()
  return parts
}

function criterionIn(line: string): Criterion | null {
  const [, box, text = ''] = TASK.exec(line) ?? []
  return box === undefined || text.trim() === '' ? null : { text: text.trim(), done: box !== ' ' }
}

/** Answers of one line after the other whether it stands outside of every code fence, and is none. */
function outsideFences(): (line: string) => boolean {
  let fence: string | null = null
  return (line) => {
    const mark = FENCE.exec(line)?.[1]
    if (fence !== null) {
      if (mark !== undefined && closes(line, fence)) fence = null
      return false
    }
    if (mark === undefined || !opens(line, mark)) return true
    fence = mark
    return false
  }
}

/** Backticks with others after them are code within one line. */
function opens(line: string, mark: string): boolean {
  return mark.startsWith('~') || !line.trim().slice(mark.length).includes('`')
}

/** A fence is closed by at least as many of its own characters, with nothing after them. */
function closes(line: string, fence: string): boolean {
  const mark = line.trim()
  return mark.length >= fence.length && mark === fence.charAt(0).repeat(mark.length)
}
