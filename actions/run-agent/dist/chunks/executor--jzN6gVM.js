import { a as LOG_LINES_PER_POST_MAX, c as PROPOSAL_BYTES_MAX, d as UNDELIVERED_ARTIFACT_PREFIX, f as UNDELIVERED_PROPOSAL_PREFIX, i as DispatchPayload, l as ProposalCommit, n as CHECKPOINT_BUNDLE_BYTES_MAX, o as LOG_LINE_CHARS_MAX, p as providerNames, r as CHECKPOINT_REF, s as LogAnswer, t as BindAnswer, u as ProposalFile } from "./executor-BRvMC7Xk.js";

export { DispatchPayload };