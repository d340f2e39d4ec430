/** What an agent made, as GitHub compares it, against the local GitHub. */
import { expect, test } from 'vitest'

import { openWorld, put, toWrite } from '../../test/stack/github-world.ts'

test('commits and files with their patches; asked for once, because it never changes', async () => {
  await using w = await openWorld()
  const commits = [
    { message: 'Add a file', files: [put('new/a.txt', 'a\n')] },
    { message: 'Change the README', files: [put('README.md', '# Our shop\n')] },
  ]
  const spec = await toWrite(w, { commits })
  const { sha } = await w.github.writeBranch(w.repo, spec)
  w.local.clearRequests()
  const found = await w.github.compare(w.repo, spec.base, sha)
  expect(found).toMatchObject({
    commits: [{ message: 'Add a file' }, { message: 'Change the README' }],
    files: [
      { path: 'README.md', previousPath: null, status: 'modified', additions: 1, deletions: 1 },
      { path: 'new/a.txt', status: 'added', additions: 1, deletions: 0, patch: '@@ -0,0 +1 @@\n+a' },
    ],
  })
  expect(found?.files[0]?.patch).toContain('-# Shop\n+# Our shop')
  expect(found?.url).toContain(`/compare/${spec.base}...${sha}`)
  expect(await w.github.compare(w.repo, spec.base, sha)).toBe(found)
  expect(w.local.requests).toHaveLength(1)
})

test('a commit that is gone has no comparison; a file that is too long has no patch', async () => {
  await using w = await openWorld()
  const base = await w.github.baseCommit(w.repo, 'main')
  expect(await w.github.compare(w.repo, base, 'f'.repeat(40))).toBeNull()
  const long = put('long.txt', 'x'.repeat(59_000) + '\n' + 'y\n'.repeat(2_000))
  const spec = await toWrite(w, { commits: [{ message: 'Long', files: [long, put('short.txt', 's\n')] }] })
  const { sha } = await w.github.writeBranch(w.repo, spec)
  const found = await w.github.compare(w.repo, spec.base, sha)
  expect(found?.files.map(({ path, patch }) => [path, patch === null])).toEqual([
    ['long.txt', true],
    ['short.txt', false],
  ])
})

test('a file as it stands at a commit; asked for once where it is there, and null where not', async () => {
  await using w = await openWorld()
  const files = [put('dir/a.txt', 'a\n'), put('b.bin', Buffer.from([0, 255])), put('long.txt', 'x'.repeat(200_001))]
  const { sha } = await w.github.writeBranch(w.repo, await toWrite(w, { commits: [{ message: 'Add files', files }] }))
  w.local.clearRequests()
  expect(await w.github.fileAt(w.repo, sha, 'dir/a.txt')).toEqual({ text: 'a\n' })
  expect(await w.github.fileAt(w.repo, sha, 'dir/a.txt')).toEqual({ text: 'a\n' })
  expect(w.local.requests).toHaveLength(1)
  for (const path of ['b.bin', 'long.txt', 'dir'])
    expect(await w.github.fileAt(w.repo, sha, path)).toEqual({ text: null })
  for (const path of ['none.txt', 'dir/none/ä b?#.txt']) expect(await w.github.fileAt(w.repo, sha, path)).toBeNull()
})

test('a file that is not there is asked for again: GitHub may not have heard of it yet', async () => {
  await using w = await openWorld()
  const base = await w.github.baseCommit(w.repo, 'main')
  w.local.clearRequests()
  expect(await w.github.fileAt(w.repo, base, 'none.txt')).toBeNull()
  expect(await w.github.fileAt(w.repo, base, 'none.txt')).toBeNull()
  expect(w.local.requests).toHaveLength(2)
})
