/** Set-up's routes as its pages call them: with the cookie that the one-time link of the log is traded for. */
import { CliError, exitCodes, refusalOf } from '../client.ts'

const TIMEOUT_MS = 30_000
const LINK = 'http://…/setup?token=…'

export interface SetupApp {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: object): Promise<T>
}

/** Trades the link; it works once, so a second terminal or browser needs a new one. */
export async function claim(link: string): Promise<SetupApp> {
  const { origin, token } = partsOf(link)
  let cookie = ''
  async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${origin}/api/setup${path}`, {
      method,
      headers: {
        origin,
        accept: 'application/json',
        ...(cookie === '' ? {} : { cookie }),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      const why = error.cause instanceof Error ? error.cause.message : error.message
      throw new CliError(exitCodes.unreachable, `${origin} cannot be reached: ${why}. Is PUBLIC_URL right?`)
    })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const text = await response.text()
    if (!response.ok) throw response.status === 404 ? isSetUp(origin) : refusalOf(response.status, text)
    return text === '' ? null : JSON.parse(text)
  }
  await ask('POST', '/claim', { token })
  return {
    get: async <T>(path: string) => (await ask('GET', path)) as T,
    post: async <T>(path: string, body: object) => (await ask('POST', path, body)) as T,
  }
}

/** The routes exist only while there is no App. */
const isSetUp = (origin: string): CliError =>
  new CliError(exitCodes.usage, `Deckhand at ${origin} is set up already. npm run doctor says how it is.`)

function partsOf(link: string): { origin: string; token: string } {
  const url = URL.canParse(link) ? new URL(link) : null
  const token = url?.searchParams.get('token') ?? ''
  if (url && token !== '') return { origin: url.origin, token }
  const advice = `Give the address that the log of Deckhand names under setup_needed, whole: ${LINK}`
  throw new CliError(exitCodes.usage, advice)
}
