/**
 * The kill switch over HTTP. Whoever cannot read it is told that it is on, because that is how it acts; putting it where
 * it stands already changes nothing.
 */
import { KillSwitchBody, KillSwitchRequest } from '../../contracts/api.ts'
import type { KillSwitch } from '../../store/switch.ts'
import { route } from '../route.ts'
import type { Log, Route } from '../route.ts'
import { requireGlobalAdmin } from './admins.ts'
import type { ApiPorts } from './ports.ts'

const PATH = '/api/admin/kill-switch'
const TARGET = 'kill_switch'

export function killSwitchRoutes(ports: ApiPorts): Route[] {
  return [shown(ports), flipped(ports)]
}

function shown(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: PATH,
    access: 'signed_in',
    summary: 'Whether the kill switch is on',
    answer: KillSwitchBody,
    async handle({ who, req, log }) {
      await requireGlobalAdmin(ports, { who, req, log }, { action: 'kill_switch.read', target: TARGET, why: null })
      return { json: await readSwitchBody(ports, log) }
    },
  })
}

/** As on where nobody can say, because that is how it acts. */
export async function readSwitchBody({ killSwitch }: Pick<ApiPorts, 'killSwitch'>, log: Log): Promise<KillSwitchBody> {
  try {
    return bodyOf(await killSwitch.readSwitch())
  } catch (error) {
    log.warn({ error: (error as Error).name }, 'kill switch not readable')
    return { on: true, confirmed: false, by: null, reason: null, at: null }
  }
}

function flipped(ports: ApiPorts): Route {
  return route({
    method: 'PUT',
    path: PATH,
    access: 'signed_in',
    summary: 'Turns the kill switch on or off: while it is on, no Run is taken on and no job is started',
    idempotent: true,
    body: KillSwitchRequest,
    example: { on: true, reason: 'A bad release' },
    answer: KillSwitchBody,
    async handle({ who, req, log, body }) {
      const why = body.reason ?? null
      const action = `kill_switch.${body.on ? 'on' : 'off'}`
      const { by, audit } = await requireGlobalAdmin(ports, { who, req, log }, { action, target: TARGET, why })
      const { state, changed } = await ports.killSwitch.setSwitch({ on: body.on, by, reason: why, at: ports.now() })
      await audit(changed ? 'changed' : 'unchanged')
      return { json: bodyOf(state) }
    },
  })
}

function bodyOf({ on, by, reason, at }: KillSwitch): KillSwitchBody {
  return { on, confirmed: true, by, reason, at: at === null ? null : new Date(at).toISOString() }
}
