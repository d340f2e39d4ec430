import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import { streamZeros } from '../../test/stack/http/server.ts'

const MIB = 1024 * 1024

test('row 6: four oversized unsigned bodies at once cost at most 64 MiB and each ends with 413', async () => {
  const child = fork(fileURLToPath(new URL('../../test/stack/http/webhook-process.ts', import.meta.url)))
  onTestFinished(() => void child.kill())
  const [ready] = (await once(child, 'message')) as [{ url: string; rss: number }]
  const headers = {
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    'x-github-delivery': 'a',
    'x-github-event': 'push',
  }
  const send = () => streamZeros(`${ready.url}/webhooks/github`, headers, 60 * MIB)
  const answers = await Promise.all([send(), send(), send(), send()])
  expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413])
  child.send('peak')
  const [{ peak }] = (await once(child, 'message')) as [{ peak: number }]
  expect((peak - ready.rss) / MIB).toBeLessThanOrEqual(64)
})
