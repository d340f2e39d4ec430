// src/timing.ts
const defaultTiming = {
	requestTimeoutMs: 1e4,
	uploadTimeoutMs: 6e4,
	backoffBaseMs: 250,
	backoffMaxMs: 15e3,
	bindMsMax: 9e4,
	recordedMsMax: 3e4,
	flushMsMax: 3e5,
	hurriedFlushMsMax: 2e3,
	cancelGraceMs: 8e3,
	pauseGraceMs: 2e4,
	abandonAgentMs: 3e3,
	hurriedAbandonMs: 1e3,
	controlSilenceMs: 75e3,
	logFlushMs: 1e3,
	destroyMsMax: 3e4,
	hurriedDestroyMsMax: 2500,
	lastLogsMsMax: 5e3,
	hurriedLastLogsMsMax: 500
};
/** Waits, or returns early when the signal fires; never rejects. */
function wait(ms, signal) {
	return new Promise((resolve) => {
		if (signal?.aborted) return resolve();
		const done = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", done);
			resolve();
		};
		const timer = setTimeout(done, Math.max(0, ms));
		signal?.addEventListener("abort", done, { once: true });
	});
}
/** Exponential with jitter: between half of the step and the step; `tries` counts from 1. */
function backoffMs(timing, tries) {
	const step = Math.min(timing.backoffMaxMs, timing.backoffBaseMs * 2 ** Math.min(tries - 1, 20));
	return step / 2 + Math.random() * (step / 2);
}

export { defaultTiming as n, wait as r, backoffMs as t };