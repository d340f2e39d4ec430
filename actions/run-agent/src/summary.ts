/** The job summary: a few lines that lead from the workflow run to the Run. */
import type { BindAnswer } from '#contracts/executor.ts'

/** Text from an issue, made harmless inside a Markdown table cell: no markup, no mention, no line break. */
const cell = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/[\\`*_{}[\]()<>#!|~&]/g, '\\$&')
    .replaceAll('@', '@\u200B')
    .slice(0, 500)

export function summaryMarkdown(
  run: BindAnswer,
  appUrl: string,
  { title, detail, exitCode }: { title: string; detail: string; exitCode: number },
): string {
  const { repository, issue, base, sandbox, agent } = run
  const rows = [
    ['Run', `[${run.runId}](${appUrl}/r/${run.runId}), attempt ${run.attempt}`],
    ['Issue', `${cell(`${repository.owner}/${repository.name}`)} ${issue.number}: ${cell(issue.title)}`],
    ['Base', `${cell(base.ref)} at ${base.sha.slice(0, 7)}`],
    ['Agent', `${cell(agent.name)} in a ${sandbox.provider} sandbox`],
    ['Exit code', String(exitCode)],
  ]
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n')
  return `### ${cell(title)}\n\n${cell(detail)}\n\n| | |\n|---|---|\n${table}\n`
}
