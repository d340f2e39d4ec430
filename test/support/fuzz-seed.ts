/**
 * One seed for everything that is tried with generated cases, so that a suite that passed passes again. `FUZZ_SEED` names
 * another one, and `npm run test:soak` a new one each time.
 */
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['FUZZ_SEED'] ?? 1) })
