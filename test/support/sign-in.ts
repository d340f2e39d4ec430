/** Signing in without a browser. */
import type { World } from '../stack/world.ts'

/** Signs in as a browser does, and answers with the cookie of the session. */
export async function signIn({ appUrl }: Pick<World, 'appUrl'>, login: string): Promise<string> {
  const cookieOf = (response: Response) => response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  const start = await fetch(`${appUrl}/api/auth/github`, { redirect: 'manual' })
  const approved = await fetch(`${start.headers.get('location')}&login=${login}`, { redirect: 'manual' })
  const headers = { cookie: cookieOf(start).join('; ') }
  const back = await fetch(approved.headers.get('location')!, { redirect: 'manual', headers })
  return cookieOf(back).join('; ')
}
