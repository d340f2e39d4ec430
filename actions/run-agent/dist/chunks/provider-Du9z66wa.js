// ../../app/sandboxes/clock.ts
const realClock = {
	now: () => Date.now(),
	delay: (ms, { signal, background = false } = {}) => new Promise((resolve) => {
		if (signal?.aborted) return resolve();
		const done = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", done);
			resolve();
		};
		const timer = setTimeout(done, ms);
		if (background) timer.unref();
		signal?.addEventListener("abort", done, { once: true });
	})
};
/**
* Waits for work that may never settle, at most `ms` and not past an abort. The work's own signal is aborted when the
* wait ends first, but nothing depends on the work hearing it. Never rejects.
*/
async function race(clock, ms, signal, work) {
	if (signal?.aborted) return { kind: "aborted" };
	if (ms <= 0) return { kind: "timeout" };
	const finished = new AbortController();
	const given = new AbortController();
	const waiting = AbortSignal.any(signal ? [finished.signal, signal] : [finished.signal]);
	const worked = settled(work(given.signal));
	const waited = clock.delay(ms, { signal: waiting }).then(() => signal?.aborted ? { kind: "aborted" } : { kind: "timeout" });
	const first = await Promise.race([worked, waited]);
	finished.abort();
	if (first.kind === "timeout" || first.kind === "aborted") given.abort();
	return first;
}
async function settled(work) {
	try {
		return {
			kind: "value",
			value: await work
		};
	} catch (error) {
		return {
			kind: "error",
			error
		};
	}
}

// ../../app/sandboxes/provider.ts
const OUTPUT_BYTES_MAX = 1048576;
/** The largest file that `read` hands over. */
const FILE_BYTES_MAX = 67108864;
/** Why no sandbox could be had, in the words of the ledger. */
var SandboxAcquireError = class extends Error {
	reason;
	constructor(reason, message, options) {
		super(message, options);
		this.name = "SandboxAcquireError";
		this.reason = reason;
	}
};

export { realClock as a, race as i, OUTPUT_BYTES_MAX as n, SandboxAcquireError as r, FILE_BYTES_MAX as t };