/** What people see of a comment on the local GitHub's pages: formatted, linked, and with nothing of it alive. */
import { expect, test } from 'vitest'

import { markdown } from './web/markdown.ts'

const shown = (text: string) => markdown(text, 'http://127.0.0.1:4311/acme/shop').text

test('a status comment is formatted: circle, link, table, small print; its marker is not shown', () => {
  const text = shown(
    '🟢 **stub** finished: #6 is ready. [Open](http://127.0.0.1:4310/r/r_1)\n\n| | |\n|---|---|\n| Branch | `agent/5` |\n\n<sub>Asked by octocat.</sub>\n\n<!-- deckhand:run=r_1 -->',
  )
  expect(text).toContain('class="circle"')
  expect(text).toContain('<strong>stub</strong>')
  expect(text).toContain('<a href="http://127.0.0.1:4311/acme/shop/issues/6">#6</a>')
  expect(text).toContain('<a href="http://127.0.0.1:4310/r/r_1">Open</a>')
  expect(text).toContain('<td><code>agent/5</code></td>')
  expect(text).toContain('<sub>Asked by octocat.</sub>')
  expect(text).not.toContain('deckhand:run')
})

test('a folded part stays folded, and what is in it is formatted', () => {
  const text = shown('<details><summary>Run r_1</summary>\n\n**bold**\n\n</details>')
  expect(text).toContain('<details><summary>Run r_1</summary>')
  expect(text).toContain('<strong>bold</strong>')
  expect(text).toContain('</details>')
})

test.each([
  '<details ontoggle=alert(1) open>x</details>',
  '<!-- --><script>alert(1)</script>',
  '<script>alert(1)</script>',
  'a <img src=x onerror=alert(1)> b',
  '[x](javascript:alert(1))',
  '![x](https://example.com/pixel.png)',
  '<sub onclick=alert(1)>x</sub>',
  '[x](https://example.com/"onclick="alert(1))',
])('%s stays text', (text) => {
  expect(shown(text)).not.toMatch(/<script|<img|<[^>]*\son\w+\s*=|href="javascript/)
})
