/** Headers that every answer carries, and the content security policy of pages (surfaces.md 3.3, exactly). */

const GITHUB = 'https://github.com'

/** `formsTo` is the GitHub that is used: set-up posts the App's manifest there, and nothing else leaves by a form. */
export const contentSecurityPolicy = (formsTo: string = GITHUB): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: https://avatars.githubusercontent.com",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    `form-action 'self' ${new URL(formsTo).origin}`,
    "require-trusted-types-for 'script'",
    'trusted-types app-worker',
  ].join('; ')

export const CONTENT_SECURITY_POLICY = contentSecurityPolicy()

const HSTS_SECONDS = 365 * 86_400

/** For every answer. HTTPS is asked for only where the app is reached by it, or a local start would lock itself out. */
export function securityHeaders(publicUrl: string): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': `max-age=${HSTS_SECONDS}` } : {}),
  }
}

/** For HTML only; an answer of the API gets none of its scripts run anyway. */
export const htmlHeaders = (formsTo?: string): Record<string, string> => ({
  'content-security-policy': contentSecurityPolicy(formsTo),
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
})
