import { n as defaultTiming, r as wait, t as backoffMs } from "./timing-D-qDDKF1.js";

export { backoffMs, defaultTiming, wait };