import { expect, test } from 'vitest'

import { diffLines, foldersOf } from './diff.ts'

test('lines have the numbers that they have in the file before and after', () => {
  const patch =
    '@@ -3,2 +3,3 @@ function x() {\n same\n-old\n+new\n+more\n\\ No newline at end of file\n@@ -90 +91 @@\n-a\n+b'
  expect(diffLines(patch).map(({ kind, before, after, text }) => `${kind} ${before} ${after} ${text}`)).toEqual([
    'hunk null null @@ -3,2 +3,3 @@ function x() {',
    'same 3 3 same',
    'removed 4 null old',
    'added null 4 new',
    'added null 5 more',
    'note null null No newline at end of file',
    'hunk null null @@ -90 +91 @@',
    'removed 90 null a',
    'added null 91 b',
  ])
})

test('a line that begins like a hunk but stands inside of one is a line', () => {
  expect(diffLines('@@ -1 +1 @@\n+@@ -9 +9 @@\n ').map(({ kind }) => kind)).toEqual(['hunk', 'added', 'same'])
})

test('paths are put together by folder, and keep their place', () => {
  expect(foldersOf(['src/a.ts', 'README.md', 'src/b.ts', 'src/lib/c.ts'])).toEqual([
    { name: '', files: [{ name: 'README.md', place: 1 }] },
    {
      name: 'src',
      files: [
        { name: 'a.ts', place: 0 },
        { name: 'b.ts', place: 2 },
      ],
    },
    { name: 'src/lib', files: [{ name: 'c.ts', place: 3 }] },
  ])
})
