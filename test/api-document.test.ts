/** The API description that the real app serves: what a strict linter says of it, and that no route is missing. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'

import { createConfig, lintFromString } from '@redocly/openapi-core'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { readConfig } from '../app/config.ts'
import { startApp } from '../app/main.ts'
import type { App } from '../app/main.ts'
import { databaseUri, dropDatabase } from './stack/mongo/test-database.ts'
import { freePort } from './stack/ports.ts'

const NOWHERE = 'http://127.0.0.1:9'
const uri = databaseUri()
let app: App
let document: Document

interface Document {
  paths: Record<string, Record<string, Operation>>
}
interface Operation {
  operationId: string
  deprecated?: boolean
  description?: string
  responses: Record<string, { description: string; content?: object }>
}

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const config = readConfig({
    APP_ID: '1',
    PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    CLIENT_ID: 'Iv1.demo',
    CLIENT_SECRET: 'client-secret',
    MONGODB_URI: uri,
    PUBLIC_URL: 'https://agents.acme.dev',
    PORT: String(await freePort(0)),
    GITHUB_API_URL: NOWHERE,
    GITHUB_URL: NOWHERE,
    ACTIONS_OIDC_ISSUER: NOWHERE,
    EXECUTOR_WORKFLOW: `deckhand/deckhand/.github/workflows/run-agent.yml@${'a'.repeat(40)}`,
    SECRET_KEY: randomBytes(32).toString('hex'),
    SANDBOX_PROVIDER: 'local',
    SANDBOX_LOCAL_ISOLATION: 'none',
  })
  app = await startApp(config, { log: pino({ level: 'silent' }) })
  document = (await (await fetch(`${app.url}/api/openapi.json`)).json()) as Document
})
afterAll(async () => {
  await app.stop()
  await dropDatabase(uri)
})

test('a strict linter finds nothing to say', async () => {
  const config = await createConfig({ extends: ['recommended-strict'], rules })
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  const told = problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`)
  expect(told).toEqual([])
})

/** Stricter than the linter's strictest set. */
const rules = {
  'array-parameter-serialization': 'error',
  'component-name-unique': 'error',
  'no-duplicated-tag-names': 'error',
  'no-invalid-media-type-examples': 'error',
  'no-schema-type-mismatch': 'error',
  // Two routes do nothing but send a browser elsewhere.
  'operation-2xx-response': 'off',
  'operation-4xx-problem-details-rfc7807': 'error',
  'operation-singular-tag': 'error',
  'operation-tag-defined': 'error',
  'parameter-description': 'error',
  'path-params-defined': 'error',
  'spec-strict-refs': 'off',
  'tag-description': 'error',
} as const

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

test('every operation names the answers of its own and those that every one has', () => {
  for (const { path, method, operation } of operations()) {
    const statuses = Object.keys(operation.responses)
    expect.soft(statuses, `${method} ${path}`).toEqual(expect.arrayContaining(['400', '500', '503']))
    expect
      .soft(
        statuses.some((status) => /^[23]/.test(status)),
        `${method} ${path}`,
      )
      .toBe(true)
  }
})

test('whatever the document names is there, and what it does not name is not', async () => {
  for (const path of [
    '/healthz',
    '/api/runs',
    '/api/openapi.json',
    '/metrics',
    '/api/github/webhooks',
    '/api/runs/{id}/bind',
  ]) {
    expect(Object.keys(document.paths)).toContain(path)
  }
  for (const { path, method } of operations()) {
    // A method that the path does not have is 405 where the path is known, and 404 where it is not.
    const url = `${app.url}${path.replaceAll(/\{\w+\}/g, '1')}`
    const answer = await fetch(url, { method: 'PATCH' })
    expect.soft(answer.status, `${method} ${path}`).toBe(405)
    await answer.arrayBuffer()
  }
})
