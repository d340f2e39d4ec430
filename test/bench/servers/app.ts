/**
 * The app over the settings in its environment, for the benches that measure the whole of it. Whatever it is asked, it
 * collects its garbage and says what is left.
 */
import { main } from '../../../app/main.ts'

process.on('disconnect', () => process.exit())
process.on('message', () => {
  globalThis.gc?.()
  process.send?.(process.memoryUsage())
})
await main({ throttle: false })
process.send?.({ url: process.env['PUBLIC_URL'] })
