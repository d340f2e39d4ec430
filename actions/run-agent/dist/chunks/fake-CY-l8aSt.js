import { a as realClock, i as race, r as SandboxAcquireError } from "./provider-Du9z66wa.js";
import { n as outputOf, r as resolveInside } from "./output-CeoHMYAH.js";
import { setImmediate } from "node:timers/promises";

// ../../app/sandboxes/fake.ts
/**
* A provider for tests: sandboxes in memory, no processes, and every way of going wrong on order. It is held to the
* same conformance suite as the real ones, so that what is tested against it holds for them.
*/
const WORKDIR = "/home/user";
function fakeProvider(knobs = {}, clock = realClock) {
	const sandboxes = [];
	const live = (id) => sandboxes.find((each) => each.id === id && !each.gone && (each.paused || each.endsAt > clock.now()));
	const make = (spec) => {
		const startedAt = clock.now();
		const made = {
			id: `fake-${sandboxes.length + 1}`,
			spec,
			files: /* @__PURE__ */ new Map(),
			startedAt,
			endsAt: startedAt + spec.ttlMs,
			paused: false,
			gone: false
		};
		sandboxes.push({
			...made,
			ended: new AbortController()
		});
		return sandboxes.at(-1);
	};
	const destroy = async (id) => {
		if ((knobs.destroyFailures ?? 0) > 0) {
			knobs.destroyFailures = (knobs.destroyFailures ?? 0) - 1;
			throw new Error(`The fake provider failed to end ${id}, as it was told to.`);
		}
		const sandbox = sandboxes.find((each) => each.id === id);
		if (sandbox === void 0) return;
		sandbox.gone = true;
		sandbox.ended.abort();
	};
	const open = (sandbox) => fakeSandbox(sandbox, {
		knobs,
		clock,
		live,
		destroy
	});
	return {
		name: "fake",
		reach: "anywhere",
		knobs,
		sandboxes,
		check: async () => ({
			ok: true,
			isolation: "none",
			detail: "The fake runs nothing."
		}),
		async acquire(spec) {
			const order = knobs.acquire;
			if (order !== void 0 && order !== "hang" && typeof order !== "number") throw new SandboxAcquireError(order, "The fake provider gave no sandbox, as it was told to.");
			if (order === "hang" && knobs.appearAfterMs !== void 0) clock.delay(knobs.appearAfterMs).then(() => make(spec));
			const waitMs = order === "hang" ? spec.acquireTimeoutMs + 1 : order ?? 0;
			if ((await race(clock, spec.acquireTimeoutMs, spec.signal, (signal) => clock.delay(waitMs, { signal }))).kind === "value" && order !== "hang") return open(make(spec));
			throw new SandboxAcquireError("sandbox_acquire_timeout", `No sandbox within ${spec.acquireTimeoutMs} ms.`);
		},
		async attach(id, ttlMs) {
			const sandbox = live(id);
			if (sandbox === void 0) return null;
			if (ttlMs !== void 0) sandbox.endsAt = clock.now() + ttlMs;
			sandbox.paused = false;
			return open(sandbox);
		},
		async *list(owner) {
			for (const { id, spec, startedAt, endsAt } of sandboxes) {
				if (spec.owner !== owner || live(id) === void 0) continue;
				const { runId, attemptId } = spec;
				yield {
					id,
					owner,
					runId,
					attemptId,
					startedAt: new Date(startedAt),
					endsAt: new Date(endsAt)
				};
			}
		},
		destroy
	};
}
function fakeSandbox(sandbox, { knobs, clock, live, destroy }) {
	const { id, files, spec, ended } = sandbox;
	const assertLive = () => {
		if (sandbox.paused && live(id)) throw new Error(`The fake sandbox ${id} is paused; attach to it.`);
		if (live(id) === void 0) throw new Error(`The fake sandbox ${id} has ended; acquire a new one.`);
	};
	return {
		id,
		workdir: WORKDIR,
		isolation: "none",
		async exec(argv, o = {}) {
			assertLive();
			const startedAt = clock.now();
			const stdin = typeof o.stdin === "string" ? o.stdin : Buffer.from(o.stdin ?? []).toString();
			const env = {
				HOME: WORKDIR,
				LANG: "C.UTF-8",
				...spec.env,
				...o.env
			};
			const command = {
				argv,
				cwd: resolveInside(WORKDIR, o.cwd ?? "."),
				env,
				stdin,
				files
			};
			const outcome = o.signal?.aborted ? { hang: true } : knobs.exec?.(command) ?? builtIn(command);
			const [out, err] = [outputOf(o.onStdout), outputOf(o.onStderr)];
			out.push(Buffer.from(outcome.stdout ?? ""));
			err.push(Buffer.from(outcome.stderr ?? ""));
			const stopped = outcome.hang ? await hang(clock, o, ended.signal) : await setImmediate(null);
			assertLive();
			const exitCode = stopped === null ? outcome.exitCode === void 0 ? 0 : outcome.exitCode : null;
			const [timedOut, aborted] = [stopped === "timeout", stopped === "aborted"];
			return {
				exitCode,
				stdout: out.end(),
				stderr: err.end(),
				timedOut,
				aborted,
				durationMs: clock.now() - startedAt
			};
		},
		async read(path) {
			assertLive();
			const bytes = files.get(resolveInside(WORKDIR, path));
			if (bytes === void 0) throw new Error(`Could not read ${JSON.stringify(path)} in the sandbox: no such file.`);
			return bytes.slice();
		},
		async write(path, data) {
			assertLive();
			files.set(resolveInside(WORKDIR, path), Uint8Array.from(Buffer.from(data)));
		},
		async extend(ttlMs) {
			assertLive();
			sandbox.endsAt = clock.now() + ttlMs;
		},
		async pause() {
			if (!sandbox.paused) assertLive();
			sandbox.paused = true;
		},
		destroy: () => destroy(id),
		[Symbol.asyncDispose]: () => destroy(id)
	};
}
/** A command that goes on until its limit, its caller or the end of the sandbox stops it. */
async function hang(clock, o, ended) {
	const signal = AbortSignal.any(o.signal ? [ended, o.signal] : [ended]);
	const forever = new Promise(() => {});
	if (o.timeoutMs !== void 0) {
		const { kind } = await race(clock, o.timeoutMs, signal, () => forever);
		return kind === "timeout" ? "timeout" : "aborted";
	}
	if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
	return "aborted";
}
function builtIn({ argv, cwd, env, stdin, files }) {
	const [name = "", ...rest] = argv;
	switch (name) {
		case "true": return {};
		case "false": return { exitCode: 1 };
		case "sleep": return { hang: true };
		case "pwd": return { stdout: `${cwd}\n` };
		case "echo": return { stdout: `${rest.join(" ")}\n` };
		case "env": return { stdout: Object.entries(env).map(([key, value]) => `${key}=${value}\n`).join("") };
		case "cat": {
			const texts = rest.map((path) => files.get(resolveInside(cwd, path)));
			if (texts.includes(void 0)) return {
				exitCode: 1,
				stderr: "cat: no such file\n"
			};
			return { stdout: rest.length === 0 ? stdin : texts.map((bytes) => Buffer.from(bytes ?? []).toString()).join("") };
		}
		default: return {
			exitCode: 127,
			stderr: `sh: ${name}: not found\n`
		};
	}
}

export { fakeProvider };