/**
 * Comments as people read them on GitHub. HTML that is written in a comment is shown as text, except for the few
 * tags that Deckhand's own comments use; GitHub has a longer list of what it lets through.
 */
import { Marked } from 'marked'

import { Markup } from './html.ts'

const LET_THROUGH = /&lt;(\/?(?:sub|sup|details|summary))&gt;/g
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g
const WEB_ADDRESS = /^https?:\/\//

/** Status circles are drawn, because not every machine has a font with them. */
const circles: Record<string, string> = {
  '🟢': '#1a7f37',
  '🔵': '#0969da',
  '🟡': '#d4a72c',
  '🔴': '#d1242f',
  '⚫': '#1f2328',
  '⚪': '#d1d9e0',
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (c) => escapes[c] as string)

/** `repositoryUrl` is where `#12` leads to. */
export function markdown(text: string, repositoryUrl: string): Markup {
  const marked = new Marked({
    gfm: true,
    breaks: true,
    renderer: {
      // First everything becomes text, then the known tags, which carry no attributes, come back.
      html: ({ text: tag }) => escaped(tag.replaceAll(COMMENT, '')).replaceAll(LET_THROUGH, '<$1>'),
      image: ({ text: alt }) => escaped(alt),
      link({ href, tokens }) {
        const shown = this.parser.parseInline(tokens)
        return WEB_ADDRESS.test(href) ? `<a href="${escaped(href)}">${shown}</a>` : shown
      },
    },
    extensions: [
      {
        name: 'reference',
        level: 'inline',
        start: (source) => source.indexOf('#'),
        tokenizer(source) {
          const [raw, number] = /^#(\d{1,9})\b/.exec(source) ?? []
          return raw ? { type: 'reference', raw, number } : undefined
        },
        renderer: ({ number }) => `<a href="${escaped(repositoryUrl)}/issues/${String(number)}">#${String(number)}</a>`,
      },
      {
        name: 'circle',
        level: 'inline',
        start: (source) => source.search(/[🟢🔵🟡🔴⚫⚪]/u),
        tokenizer(source) {
          const [raw] = /^[🟢🔵🟡🔴⚫⚪]/u.exec(source) ?? []
          return raw ? { type: 'circle', raw } : undefined
        },
        renderer: ({ raw }) => `<span class="circle" style="background:${String(circles[raw])}" title="${raw}"></span>`,
      },
    ],
  })
  return new Markup(marked.parse(text, { async: false }))
}
