import { a as LogAnswer, c as ProposalFile, d as providerNames, i as LOG_LINE_CHARS_MAX, l as UNDELIVERED_ARTIFACT_PREFIX, n as DispatchPayload, o as PROPOSAL_BYTES_MAX, r as LOG_LINES_PER_POST_MAX, s as ProposalCommit, t as BindAnswer, u as UNDELIVERED_PROPOSAL_PREFIX } from "./executor-BQmApS6v.js";

export { DispatchPayload };