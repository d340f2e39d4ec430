/**
 * What to start: the app when its settings are complete, set-up when nobody has made an App yet. The environment comes
 * first, what set-up stored fills in the rest.
 */
import type { Logger } from 'pino'

import { ConfigError, namesNoApp, readConfig, readSetupConfig, withStored } from '../config.ts'
import type { Config, Environment, SetupConfig } from '../config.ts'
import { connect } from '../store/connect.ts'
import { SealBroken, sealWith } from '../store/seal.ts'
import { settingsStore } from '../store/settings.ts'
import { createLog } from './log.ts'
import type { App, AppOptions } from './options.ts'
import { startSetup } from './setup.ts'

export type StartApp = (config: Config, options: AppOptions) => Promise<App>

interface Started {
  config: Pick<Config, 'drainNoticeMs'>
  app: App
  log: Logger
}

/** @throws ConfigError with every problem at once */
export async function startFromEnvironment(env: Environment, start: StartApp, options: AppOptions): Promise<Started> {
  const config = await configOf(env)
  if (config) {
    const log = options.log ?? createLog(config)
    return { config, app: await start(config, { ...options, log }), log }
  }
  const before = readSetupConfig(env)
  const log = options.log ?? createLog(before)
  return { config: before, app: await startSetup(before, env, start, { ...options, log }), log }
}

/** Null: there is no App, neither in the environment nor in the store. */
export async function configOf(env: Environment): Promise<Config | null> {
  let incomplete: ConfigError
  try {
    return readConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    incomplete = error
  }
  const stored = await storedSettings(readable(env, incomplete))
  if (stored) return readConfig(withStored(env, stored))
  if (namesNoApp(env)) return null
  throw incomplete
}

/** Where the settings are so wrong that the store cannot be asked, everything that is wrong is told. */
function readable(env: Environment, incomplete: ConfigError): SetupConfig {
  try {
    return readSetupConfig(env)
  } catch (error) {
    throw namesNoApp(env) ? error : incomplete
  }
}

async function storedSettings({ mongodbUri, secretKey }: SetupConfig): Promise<Record<string, string> | null> {
  const connection = await connect(mongodbUri)
  try {
    return await settingsStore(connection, sealWith(secretKey)).readSettings()
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new ConfigError([
      'SECRET_KEY is not the one under which set-up stored the App. Set that one again, or give the App by the environment.',
    ])
  } finally {
    await connection.close()
  }
}
