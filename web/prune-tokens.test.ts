import { expect, test } from 'vitest'

import { prune } from './prune-tokens.ts'

test('tokens that are read stay, with the tokens that they read; the rest goes', () => {
  const css = `/* --a: in a comment; */
[data-color-mode='light'] { --a: var(--b); --b: #fff; --c: 1px; --d: var(--c); }
@media (prefers-color-scheme: dark) { [data-color-mode='auto'] { --a: #000; --c: 2px; } }`
  const pruned = prune(css, new Set(['--a', '--unknown']))
  expect(pruned.match(/--\w+:/g)).toEqual(['--a:', '--b:', '--a:'])
  expect(pruned).toContain('@media (prefers-color-scheme: dark)')
})
