/** The manifest that GitHub is given: what `app.yml` says, with the addresses of this installation. */
import type { AppFile } from '../contracts/setup.ts'

export const WEBHOOK_PATH = '/api/github/webhooks'
export const SIGN_IN_CALLBACK_PATH = '/api/auth/github/callback'
export const SETUP_PATH = '/setup'
export const SETUP_CALLBACK_PATH = '/setup/callback'
export const CHECKS_PATH = '/admin/checks'

export interface ManifestWish {
  name: string
  public: boolean
  /** Ask for `workflows: write` too. */
  workflows: boolean
}

export function manifestOf(file: AppFile, publicUrl: string, wish: ManifestWish) {
  return {
    name: wish.name,
    description: file.description,
    url: publicUrl,
    hook_attributes: { url: publicUrl + WEBHOOK_PATH, active: true },
    redirect_url: publicUrl + SETUP_CALLBACK_PATH,
    callback_urls: [publicUrl + SIGN_IN_CALLBACK_PATH],
    setup_url: publicUrl + CHECKS_PATH,
    public: wish.public,
    default_permissions: { ...file.default_permissions, ...(wish.workflows ? { workflows: 'write' as const } : {}) },
    default_events: file.default_events,
  }
}

/** The slug that GitHub makes of an App's name. */
export const slugOfName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
