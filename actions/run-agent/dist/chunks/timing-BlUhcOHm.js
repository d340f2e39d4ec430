import { n as defaultTiming, r as wait, t as backoffMs } from "./timing-CYyQbvpm.js";

export { backoffMs, defaultTiming, wait };