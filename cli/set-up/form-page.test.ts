/** The page on this machine that leads a browser to GitHub and takes its answer. */
import { once } from 'node:events'
import { connect } from 'node:net'

import { expect, test } from 'vitest'

import { openFormPage } from './form-page.ts'

const form = { action: 'https://github.com/settings/apps/new?state=s3cret', manifest: '{"name":"Acme agents"}' }

test('who reloads the page while the answer is worked on is told so, and holds nothing up', async () => {
  const page = await openFormPage(form, 0)
  const back = `${page.url}/created?code=abc&state=s3cret`
  const first = fetch(back, { redirect: 'manual' })
  const { code, answer } = await page.created
  expect(code).toBe('abc')
  const again = await fetch(back)
  expect([again.status, await again.text()]).toEqual([409, expect.stringContaining('under way already')])
  answer({ address: 'https://github.com/apps/acme-agents/installations/new' })
  await page[Symbol.asyncDispose]()
  expect((await first).status).toBe(302)
})

test('a connection on which a browser asks nothing holds nothing up either', async () => {
  const page = await openFormPage(form, 0)
  const socket = connect(Number(new URL(page.url).port), '127.0.0.1')
  await once(socket, 'connect')
  // By then the server has taken the connection that came before.
  await fetch(page.url)
  const closed = once(socket, 'close')
  await page[Symbol.asyncDispose]()
  expect(await closed).toEqual([false])
})
