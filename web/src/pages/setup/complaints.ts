/** What the app refused of what was given to set-up, at the fields that it is about, in the words of the form. */
import { setupChoices } from '#contracts/setup.ts'

import { ProblemError } from '../../api.ts'
import { setupWords } from '../../words/setup.ts'

/** The fields of an App that is there already, by the settings that they become. */
const fieldOfSetting = {
  APP_ID: 'appId',
  PRIVATE_KEY: 'privateKey',
  WEBHOOK_SECRET: 'webhookSecret',
  CLIENT_ID: 'clientId',
  CLIENT_SECRET: 'clientSecret',
} as const
export type AppField = (typeof fieldOfSetting)[keyof typeof fieldOfSetting]

/** Sentences by the field's label; `others` are about what has no field. */
export interface Complaints {
  at: ReadonlyMap<string, string>
  others: readonly string[]
}

/** Empty where the refusal is not about single settings. */
export function complaintsOf(error: Error | null): Complaints {
  const at = new Map<string, string>()
  const others: string[] = []
  for (const { path, message } of error instanceof ProblemError ? error.errors : []) {
    const label = labelOf(path)
    if (label === null) others.push(`${path} ${message}`)
    else at.set(label, [...(at.has(label) ? [at.get(label)] : []), `${label} ${message}`].join(' '))
  }
  return { at, others }
}

function labelOf(setting: string): string | null {
  const choice = setupChoices.find((name) => name === setting)
  if (choice) return setupWords.choices[choice].label
  const found = Object.entries(fieldOfSetting).find(([name]) => name === setting)
  return found ? setupWords.existing[found[1]] : null
}
