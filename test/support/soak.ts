/** How often a story repeats itself: once in `npm test`, twenty times in `npm run test:soak`. */
export const SOAK = Number(process.env['SOAK'] ?? 1)
