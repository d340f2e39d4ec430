/** How long a test waits for what is about to be so: much longer than a quiet machine needs, because not all are. */
export const SOON = { timeout: 20_000, interval: 20 }
