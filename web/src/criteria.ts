/** The acceptance criteria of an issue: the tasks that its text lists in GitHub's way. Pure; what it finds is text. */

export interface Criterion {
  text: string
  done: boolean
}

/** Nobody checks more; the text itself has them all. */
const CRITERIA_MAX = 100
const TASK = /^\s*[-*+] \[([ xX])\] (.*)$/
const FENCE = /^\s*(`{3,}|~{3,})/

/** In the order of the text; what stands between code fences is an example and no task. */
export function criteriaIn(body: string): Criterion[] {
  const found: Criterion[] = []
  let fence: string | null = null
  for (const line of body.split(/\r?\n/)) {
    const mark = FENCE.exec(line)?.[1]
    if (fence !== null) {
      if (mark !== undefined && closes(line, fence)) fence = null
    } else if (mark !== undefined && opens(line, mark)) {
      fence = mark
    } else {
      const [, box, text = ''] = TASK.exec(line) ?? []
      if (box !== undefined && text.trim() !== '') found.push({ text: text.trim(), done: box !== ' ' })
    }
    if (found.length === CRITERIA_MAX) break
  }
  return found
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
