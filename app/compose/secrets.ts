/** The secrets of the installation: what stands in no log line, and leaves in nothing that an agent made. */
import type { Config } from '../config.ts'

/** Before set-up there is no App whose secrets could be told. */
export type WithSecrets = Pick<Config, 'secretKey'> &
  Partial<Pick<Config, 'privateKey' | 'webhookSecret' | 'clientSecret' | 'mongodbUri' | 'sandbox'>>

/** Shorter passwords may be words, such as the app's own name: every change that has the word would be refused. */
const PASSWORD_CHARS_MIN = 12
const PASSWORD = /^mongodb(?:\+srv)?:\/\/[^/:@]*:([^/@]+)@/

export function secretsOf(config: WithSecrets): string[] {
  const { secretKey, privateKey = '', webhookSecret = '', clientSecret = '', mongodbUri = '', sandbox } = config
  const e2b = sandbox?.e2b.apiKey ?? ''
  const secrets = [
    privateKey,
    privateKey.trim(),
    webhookSecret,
    clientSecret,
    secretKey,
    e2b,
    ...passwordsOf(mongodbUri),
  ]
  return [...new Set(secrets)].filter(Boolean)
}

/** As it stands in the address, and as the database knows it. */
function passwordsOf(mongodbUri: string): string[] {
  const written = PASSWORD.exec(mongodbUri)?.[1] ?? ''
  return [written, decoded(written)].filter((password) => password.length >= PASSWORD_CHARS_MIN)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
