/**
 * The post step: destroys a sandbox that the main step recorded and did not destroy, because it was killed or the
 * provider failed at that moment. In the common case there is none, and this ends before a library is loaded.
 */
import type { BindAnswer } from '#contracts/executor.ts'

import { runnerCommands } from './commands.ts'
import { providerSettings, readEnvironment } from './inputs.ts'
import type { Environment } from './inputs.ts'

const DESTROY_TRIES_MAX = 3

interface Saved {
  provider: BindAnswer['sandbox']['provider']
  id: string
  isolation: 'auto' | 'none'
}

async function destroySaved(environment: Environment, { provider: name, id, isolation }: Saved): Promise<void> {
  const { providerFor } = await import('#sandboxes/table.ts')
  const provider = await providerFor(name, providerSettings(environment, isolation))
  for (let tries = 1; ; tries++) {
    try {
      return await provider.destroy(id)
    } catch (error) {
      if (tries >= DESTROY_TRIES_MAX) throw error
    }
  }
}

const environment = readEnvironment()
const commands = runnerCommands((text) => void process.stdout.write(text), environment.files)
if (environment.savedSandbox) {
  const saved = JSON.parse(environment.savedSandbox) as Saved
  try {
    await destroySaved(environment, saved)
    commands.notice('Sandbox removed', `The sandbox ${saved.id} was still there after the job; it is gone now.`)
  } catch {
    commands.warning('The sandbox could not be removed', `${saved.id} ends with its lifetime; the app reaps it too.`)
  }
}
process.stdout.write('', () => process.exit(0))
