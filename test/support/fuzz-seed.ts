/**
 * One seed for everything that is tried with generated cases, so that a suite that passed passes again. `FUZZ_SEED` names
 * another one, and `npm run test:soak` takes a new one each time; what fails prints it.
 */
import fc from 'fast-check'

import { SOAK } from './soak.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? (SOAK > 1 ? Date.now() % 1_000_000 : 1))
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
