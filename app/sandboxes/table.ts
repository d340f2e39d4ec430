/** Which provider stands behind a name. Each is imported when it is first asked for, so that nobody pays for the others. */
import type { ProviderSettings, SandboxProvider } from './provider.ts'

const makers = {
  e2b: async (settings: ProviderSettings) => (await import('./e2b.ts')).e2bProvider(settings),
  local: async (settings: ProviderSettings) => (await import('./local.ts')).localProvider(settings),
  fake: async () => (await import('./fake.ts')).fakeProvider(),
} satisfies Record<string, (settings: ProviderSettings) => Promise<SandboxProvider>>

export type ProviderName = keyof typeof makers

/** Rejects with a sentence that lists the known names when there is no such provider (S001-096). */
export async function providerFor(name: ProviderName, settings: ProviderSettings): Promise<SandboxProvider> {
  if (!Object.hasOwn(makers, name)) {
    const known = Object.keys(makers).join(', ')
    throw new Error(`There is no sandbox provider ${JSON.stringify(name)}; the known ones are ${known}.`)
  }
  return makers[name](settings)
}
