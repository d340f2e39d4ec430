/** The release that runs: shown to people, and told to a collector of traces. */
export const VERSION = '0.1.0'
