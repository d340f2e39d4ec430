import { n as defaultTiming, r as wait, t as backoffMs } from "./timing-CHQrJMCS.js";

export { backoffMs, defaultTiming, wait };