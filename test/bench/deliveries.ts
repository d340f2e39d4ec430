/** Webhooks as GitHub sends them, ready to be written to a socket: a comment that asks for nothing, and its forgery. */
import { createHmac, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'

import { requestBytes } from './load.ts'

const require = createRequire(import.meta.url)
let template: [string, string] | null = null

/** A comment with a number in it, so that each body is new. */
export function signedComment(url: string, secret: string): Buffer {
  if (!template) {
    const examples = require('@octokit/webhooks-examples') as { name: string; examples: object[] }[]
    const text = JSON.stringify(examples.find(({ name }) => name === 'issue_comment')!.examples[0])
    template = [text.slice(0, -1), '}']
  }
  const body = Buffer.from(`${template[0]},"n":"${randomUUID()}"${template[1]}`)
  return deliveryOf(url, body, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
}

/** A delivery under a new id. */
export function deliveryOf(url: string, body: Buffer, signature: string): Buffer {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/bench',
    'x-github-delivery': randomUUID(),
    'x-github-event': 'issue_comment',
    'x-hub-signature-256': signature,
  }
  return requestBytes('POST', `${url}/api/github/webhooks`, headers, body)
}
