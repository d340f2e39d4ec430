/** What the admin routes are given in tests: the real stores, a sandbox provider in memory, and parts that tests break. */
import { fakeProvider } from '../../../app/sandboxes/fake.ts'
import type { FakeProvider } from '../../../app/sandboxes/fake.ts'
import { auditStore } from '../../../app/store/audit.ts'
import type { StoreConnection } from '../../../app/store/connect.ts'
import { deliveryStore } from '../../../app/store/deliveries.ts'
import type { DeliveryStore } from '../../../app/store/deliveries.ts'
import { runGauges } from '../../../app/store/run-gauges.ts'
import type { AdminPorts } from '../../../app/http/api/admin/ports.ts'
import type { PartBody } from '#contracts/admin.ts'

export const SANDBOX_OWNER = 'deckhand-test'

export interface AdminSide {
  ports: AdminPorts
  provider: FakeProvider
  /** The provider's reach, settable: `runner` is a provider whose sandboxes cannot be listed from here. */
  reach: 'anywhere' | 'runner'
  providerIsAway: boolean
  deliveries: DeliveryStore
  parts: PartBody[]
  /** How often the intake was hurried. */
  arrivals: number
}

export async function adminSide(connection: StoreConnection): Promise<AdminSide> {
  const provider = fakeProvider()
  const deliveries = deliveryStore(connection)
  await deliveries.ensureIndexes()
  const side: AdminSide = {
    provider,
    reach: 'anywhere',
    providerIsAway: false,
    deliveries,
    parts: [{ name: 'database', ok: true, detail: 'MongoDB answers.' }],
    arrivals: 0,
    ports: {
      gauges: runGauges(connection),
      deliveries,
      arrived: () => void side.arrivals++,
      trail: auditStore(connection),
      sandboxes: async () => ({
        name: provider.name,
        reach: side.reach,
        async *list() {
          if (side.providerIsAway) throw new Error('The provider is away.')
          yield* provider.list(SANDBOX_OWNER)
        },
        destroy: (id) => provider.destroy(id),
      }),
      redact: (text) => text.replaceAll('ghs_secret', '[redacted]'),
      parts: async () => side.parts,
    },
  }
  return side
}
