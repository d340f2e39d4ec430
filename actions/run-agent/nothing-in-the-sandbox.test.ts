/** Row 43: an agent that was told to look for secrets, in the sandboxes that people use, through the action as it is. */
import { expect, test } from 'vitest'

import type { ProviderSettings } from '#sandboxes/provider.ts'
import { providerFor } from '#sandboxes/table.ts'

import { startE2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import { NONCE, READ_TOKEN, testWorld } from '../../test/support/run-agent/world.ts'
import type { Agent } from './src/agents/agent.ts'
import { main } from './src/main.ts'

/** Everything that a program inside can see of itself, its home, its checkout with `.git`, and of git's settings. */
const LOOKS = [
  'env',
  'cat /proc/self/environ | tr "\\0" "\\n"',
  'cat /proc/$PPID/environ 2>/dev/null | tr "\\0" "\\n"',
  'git config --list --show-origin',
  'find . "$HOME" "${TMPDIR:-/tmp}" -maxdepth 6 -type f -size -200k 2>/dev/null | head -400 | while read -r f; do echo "== $f"; cat "$f" 2>/dev/null; done',
  'ls -la ~/.netrc ~/.git-credentials ~/.ssh ~/.docker ~/.config/gh 2>/dev/null',
]
const SECRETS_OF_THE_JOB = /ACTIONS_ID_TOKEN|ACTIONS_RUNTIME|GITHUB_TOKEN|E2B_API_KEY|INPUT_E2B|ghs_|extraheader/i

async function seenInside(name: 'local' | 'e2b', settings: ProviderSettings, secrets: readonly string[]) {
  let seen = ''
  const nosy: Agent = {
    name: 'stub',
    async run(context) {
      for (const look of LOOKS) {
        const { stdout, stderr } = await context.exec(['sh', '-c', look], { timeoutMs: 20_000 })
        seen += `# ${look.slice(0, 30)}\n${stdout}\n${stderr}\n`
      }
      return { summary: '', risks: [], handoff: { goal: '', did: '', forNextAgent: '' } }
    },
  }
  await using t = await testWorld({ answer: (a) => ({ ...a, sandbox: { ...a.sandbox, provider: name } }) })
  const world = { ...t.world, providerFor: () => providerFor(name, settings), agentFor: async () => nosy }
  expect(await main(world)).toBe(0)
  const found = [NONCE, READ_TOKEN, 'runner-request-token', ...secrets].filter((secret) => seen.includes(secret))
  const basic = Buffer.from(`x-access-token:${READ_TOKEN}`).toString('base64')
  return { seen, found: [...found, ...(seen.includes(basic) ? ['the token as a header'] : [])] }
}

test('row 43: a local sandbox holds no secret of the job, in its environment or anywhere in its files', async () => {
  const { seen, found } = await seenInside('local', { localIsolation: 'none' }, [])
  expect(found).toEqual([])
  // It did look: its own environment and the checkout are there.
  expect(seen).toContain('TRACEPARENT=')
  expect(seen).toContain('# Shop')
  expect(seen.match(SECRETS_OF_THE_JOB)).toBeNull()
})

test('row 43: nor does an E2B sandbox, although the job holds the key to it; and it reaches nothing outside', async () => {
  await using e2b = await startE2bStandIn()
  const settings = { e2bApiKey: e2b.apiKey, e2bApiUrl: e2b.apiUrl, e2bSandboxUrl: e2b.sandboxUrl }
  const { seen, found } = await seenInside('e2b', settings, [e2b.apiKey])
  expect(found).toEqual([])
  expect(seen).toContain('TRACEPARENT=')
  expect(seen).toContain('# Shop')
  const [created] = e2b.sandboxes()
  expect(created).toMatchObject({ network: { allowInternetAccess: false } })
})
