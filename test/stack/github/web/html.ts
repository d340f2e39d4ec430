/** HTML by template literal: every value is escaped unless it is markup already. */

export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
type Value = string | number | Markup | readonly Markup[] | null | false

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (c) => escapes[c] as string)

function render(value: Value): string {
  if (value === null || value === false) return ''
  if (value instanceof Markup) return value.text
  return typeof value === 'object' ? value.map((part) => part.text).join('') : escaped(String(value))
}

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.map((part, index) => part + render(values[index] ?? null)).join(''))
}

const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}
a{color:#0969da}article{border:1px solid #d1d9e0;border-radius:6px;margin:1rem 0}article>header{background:#f6f8fa;padding:.5rem 1rem;
border-bottom:1px solid #d1d9e0}article>.text{padding:0 1rem}.text table{border-collapse:collapse}.text thead:not(:has(th:not(:empty))){display:none}
.text td,.text th{border:1px solid #d1d9e0;padding:.3rem .8rem;text-align:left}.text code{background:#f6f8fa;padding:.1em .3em;border-radius:4px}
.circle{display:inline-block;width:.9em;height:.9em;border-radius:50%;vertical-align:-.1em}article>pre{padding:0 1rem;white-space:pre-wrap;font:inherit}.label{border:1px solid #d1d9e0;border-radius:2em;
padding:0 .6em;font-size:12px}textarea{width:100%;min-height:6rem}form{margin:.5rem 0}small{color:#59636e}`

export function page(title: string, body: Markup): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        ${body}
        <hr />
        <p><small>The local GitHub: a stand-in on this machine, for demonstration and tests.</small></p>
      </body>
    </html>`.text
}
