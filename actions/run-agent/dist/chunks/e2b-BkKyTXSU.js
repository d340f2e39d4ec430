import { o as __toESM } from "./rolldown-runtime-Bchkz1Gp.js";
import { a as realClock, i as race, r as SandboxAcquireError, t as FILE_BYTES_MAX } from "./provider-Du9z66wa.js";
import { i as shellQuote, n as outputOf, r as resolveInside, t as exitCodeOf } from "./output-CeoHMYAH.js";
import { randomUUID } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";

// ../../app/sandboxes/e2b-client.ts
/**
* The E2B SDK as this product uses it: imported on first use (it costs about a tenth of a second), no retries of its
* own (with them a hung request can lose both its time limit and its signal), and every call raced against our clock.
*/
/** One request to the API or to a sandbox. */
const REQUEST_TIMEOUT_MS = 15e3;
/** Names one try in our own header, so that its answer's `Retry-After`, which the SDK does not hand on, is found. */
const TRY_HEADER = "x-deckhand-try";
const TRIES_REMEMBERED_MAX = 100;
var CallTimeout = class extends Error {
	name = "CallTimeout";
};
var CallAborted = class extends Error {
	name = "CallAborted";
};
function e2bClient(settings, clock = realClock, random = Math.random) {
	const { e2bApiKey, e2bApiUrl, e2bSandboxUrl } = settings;
	return {
		clock,
		random,
		options(requestTimeoutMs, signal, tryId) {
			if (tryId !== void 0) watchRetryAfter();
			return {
				apiKey: e2bApiKey ?? "",
				...e2bApiUrl === void 0 ? {} : { apiUrl: e2bApiUrl },
				...e2bSandboxUrl === void 0 ? {} : { sandboxUrl: e2bSandboxUrl },
				...tryId === void 0 ? {} : { apiHeaders: { [TRY_HEADER]: tryId } },
				debug: false,
				retries: 0,
				requestTimeoutMs,
				signal
			};
		},
		retryAfterMs: (tryId) => retryAfter.get(tryId) ?? null,
		async call(timeoutMs, work, signal) {
			const raced = await race(clock, timeoutMs, signal, async (given) => {
				if (!e2bApiKey) throw new SandboxAcquireError("sandbox_unauthorized", "E2B needs an API key: set E2B_API_KEY.");
				return work(await import("./dist-9y3pBrgp.js").then((m) => /* @__PURE__ */ __toESM(m.default, 1)), given);
			});
			if (raced.kind === "value") return raced.value;
			if (raced.kind === "error") throw raced.error;
			if (raced.kind === "aborted") throw new CallAborted("The request to E2B was called off.");
			throw new CallTimeout(`E2B did not answer within ${Math.round(timeoutMs)} ms.`);
		}
	};
}
/** Names what went wrong in the ledger's words. Goes by names and codes, so that it needs no SDK at hand. */
function problemOf(error) {
	if (error instanceof SandboxAcquireError) return {
		reason: error.reason,
		passing: false,
		unknown: false,
		detail: error.message
	};
	const { name, message, statusCode } = error;
	if (error instanceof CallTimeout || error instanceof CallAborted || name === "TimeoutError" || name === "AbortError") return {
		reason: "sandbox_acquire_timeout",
		passing: false,
		unknown: true,
		detail: message
	};
	if (name === "AuthenticationError") return {
		reason: "sandbox_unauthorized",
		passing: false,
		unknown: false,
		detail: `${message} Check E2B_API_KEY.`
	};
	if (name === "RateLimitError") return {
		reason: "sandbox_rate_limited",
		passing: true,
		unknown: false,
		detail: message
	};
	const reason = "sandbox_provider_error";
	if (name === "ServiceBusyError") return {
		reason,
		passing: true,
		unknown: true,
		detail: message
	};
	if (statusCode !== void 0) return {
		reason,
		passing: statusCode >= 500,
		unknown: statusCode >= 500,
		detail: message
	};
	if (error instanceof TypeError) return {
		reason,
		passing: true,
		unknown: true,
		detail: `E2B is unreachable: ${message}`
	};
	return {
		reason,
		passing: false,
		unknown: true,
		detail: message
	};
}
/** Answers' `Retry-After` by try, in ms. The SDK keeps it to itself, so it is read where the HTTP client reports it. */
const retryAfter = /* @__PURE__ */ new Map();
let watching = false;
function watchRetryAfter() {
	if (watching) return;
	watching = true;
	subscribe("undici:request:headers", (message) => {
		const { request, response } = message;
		const tryId = headerOf(request.headers, TRY_HEADER);
		const value = tryId === null ? null : headerOf(response.headers, "retry-after");
		if (tryId === null || value === null || !/^\d{1,6}$/.test(value)) return;
		retryAfter.set(tryId, Number(value) * 1e3);
		const oldest = retryAfter.keys().next();
		if (retryAfter.size > TRIES_REMEMBERED_MAX && !oldest.done) retryAfter.delete(oldest.value);
	});
}
/** Undici gives headers as one text of lines or as a flat list of names and values, depending on its version. */
function headerOf(headers, name) {
	const flat = typeof headers === "string" ? headers.split(/\r\n|: /) : headers.map(String);
	for (let i = 0; i + 1 < flat.length; i += 2) if (flat[i]?.toLowerCase() === name) return flat[i + 1] ?? null;
	return null;
}

// ../../app/sandboxes/e2b-acquire.ts
/**
* Getting a sandbox from E2B within one deadline: what may pass is tried again, what cannot is not, and whatever a
* create of unknown outcome may have left behind is looked for and killed without holding up the answer.
*/
const ACQUIRE_TRIES_MAX = 8;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MS_MAX = 8e3;
/** When a sandbox of unknown outcome is looked for, counted from the moment its create failed. */
const ORPHAN_LOOKS_MS = [
	500,
	2e3,
	1e4,
	3e4
];
const ORPHANS_MAX = 20;
function orphanSearch({ clock }, actions) {
	const killed = /* @__PURE__ */ new Set();
	const open = /* @__PURE__ */ new Set();
	const track = (work) => {
		open.add(work);
		work.finally(() => open.delete(work));
	};
	const kill = async (id) => {
		try {
			await actions.kill(id);
			killed.add(id);
		} catch {}
	};
	const search = async (spec, keep) => {
		const failedAt = clock.now();
		for (const lookMs of ORPHAN_LOOKS_MS) {
			await clock.delay(failedAt + lookMs - clock.now(), { background: true });
			const found = await actions.find(spec).catch(() => []);
			for (const id of found.slice(0, ORPHANS_MAX)) if (id !== keep) await kill(id);
		}
	};
	return {
		look: (spec, keep) => track(search(spec, keep)),
		late: (id) => track(kill(id)),
		async settle(withinMs) {
			const bound = new AbortController();
			await Promise.race([Promise.all(open), clock.delay(withinMs, { signal: bound.signal })]);
			bound.abort();
			return {
				killed: [...killed],
				pending: open.size > 0
			};
		}
	};
}
/** Creates a sandbox and makes it `ready`. Rejects with `SandboxAcquireError` only. */
async function acquireE2b(client, orphans, spec, ready) {
	const { clock } = client;
	const deadline = clock.now() + spec.acquireTimeoutMs;
	let unknown = false;
	let last = {
		reason: "sandbox_acquire_timeout",
		passing: false,
		unknown: false,
		detail: "No time was left."
	};
	for (let tried = 0; tried < 8 && clock.now() < deadline; tried++) {
		const tryId = randomUUID();
		const made = await create(client, orphans, spec, deadline, tryId, ready);
		if ("value" in made) {
			if (unknown) orphans.look(spec, made.sandboxId);
			return made.value;
		}
		const { problem } = made;
		unknown ||= problem.unknown;
		if (problem.reason !== "sandbox_acquire_timeout" || !last.passing) last = problem;
		if (!problem.passing || spec.signal?.aborted) break;
		const waitMs = Math.max(backoffMs(tried, client.random()), client.retryAfterMs(tryId) ?? 0);
		if (clock.now() + waitMs >= deadline) break;
		await clock.delay(waitMs, { signal: spec.signal });
	}
	if (unknown) orphans.look(spec, null);
	throw new SandboxAcquireError(last.reason, `E2B gave no sandbox: ${last.detail}`);
}
async function create(client, orphans, spec, deadline, tryId, ready) {
	const leftMs = () => deadline - client.clock.now();
	const left = leftMs();
	let sandbox;
	try {
		sandbox = await client.call(left, async (sdk, signal) => {
			const made = await sdk.Sandbox.create(spec.template ?? "base", {
				...client.options(left, signal, tryId),
				...createOptions(spec)
			});
			if (signal.aborted) orphans.late(made.sandboxId);
			return made;
		}, spec.signal);
	} catch (error) {
		return { problem: problemOf(error) };
	}
	try {
		return {
			value: await ready(sandbox, Math.min(leftMs(), REQUEST_TIMEOUT_MS)),
			sandboxId: sandbox.sandboxId
		};
	} catch (error) {
		orphans.late(sandbox.sandboxId);
		const problem = problemOf(error);
		return { problem: {
			...problem,
			passing: problem.reason === "sandbox_provider_error"
		} };
	}
}
/** `timeoutMs` is the sandbox's lifetime here; the metadata go with the create itself, so that half of one is found. */
function createOptions({ owner, runId, attemptId, env = {}, network, ttlMs }) {
	const base = {
		timeoutMs: ttlMs,
		metadata: {
			owner,
			runId,
			attemptId
		},
		envs: env
	};
	if (network === "none") return {
		...base,
		allowInternetAccess: false
	};
	if (typeof network === "object") return {
		...base,
		network: {
			allowOut: network.allow,
			denyOut: ["0.0.0.0/0"]
		}
	};
	return base;
}
/** Exponential with jitter between half and the whole, so that many jobs that failed together do not come together. */
function backoffMs(tried, chance) {
	return Math.min(BACKOFF_FIRST_MS * 2 ** tried, BACKOFF_MS_MAX) * (.5 + chance / 2);
}

// ../../app/sandboxes/e2b-calls.ts
const TRIES_MAX = 4;
const BACKOFF_MS = 250;
/** E2B's own words for errors that say nothing about the request itself: the sandbox may be gone or merely busy. */
const UNCERTAIN = /* @__PURE__ */ new Set([
	"SandboxNotFoundError",
	"TimeoutError",
	"CallTimeout"
]);
/**
* Does something that may be done twice. What may pass is tried again; "not found" is believed only after a health
* check says the same, because a busy service answers with it too. What stops the sandbox brings a check of its own.
*/
async function persist({ client, sandbox }, timeoutMs, work, hasEnded = isGone) {
	for (let tried = 1;; tried++) try {
		return await client.call(timeoutMs, (_, signal) => work(signal));
	} catch (error) {
		const uncertain = UNCERTAIN.has(error.name);
		if (!uncertain && !problemOf(error).passing) throw error;
		if (uncertain && await hasEnded(client, sandbox)) throw goneError(sandbox.sandboxId, error);
		if (tried === TRIES_MAX) throw error;
		await client.clock.delay(BACKOFF_MS * 2 ** tried);
	}
}
/** True only when the health check itself says that nothing runs there any more. */
async function isGone(client, sandbox) {
	try {
		const options = (signal) => ({
			requestTimeoutMs: REQUEST_TIMEOUT_MS,
			signal
		});
		return !await client.call(REQUEST_TIMEOUT_MS, (_, signal) => sandbox.isRunning(options(signal)));
	} catch {
		return false;
	}
}
function goneError(id, cause) {
	return new Error(`The E2B sandbox ${id} has ended; acquire a new one.`, { cause });
}

// ../../app/sandboxes/e2b-scripts.ts
/** The shell scripts by which commands are started, followed and killed inside an E2B sandbox (its templates have bash). */
const CHUNK_BYTES = 49152;
/** More unread output than this is skipped up to the last part: only a tail is kept anyway. */
const BACKLOG_BYTES_MAX = 16777216;
const SKIP_KEEPS_BYTES = 2097152;
/** One connection carries at most this much; the SDK keeps what it carried in memory. */
const FOLLOW_BYTES_MAX = 16777216;
const FOLLOW_SECONDS_MAX = 240;
/** A launched command has made its folder by then. */
const START_SECONDS_MAX = 30;
/**
* Starts the command in a process group of its own (job control), once: who comes second finds the folder `once`.
* Files in `dir`: `in`, `out`, `err`, `pid` (which is the group), and `rc` when it has ended.
*/
function launchScript(id, dir, cwd, argv) {
	return `
d=${shellQuote(dir)}; mkdir -p -m 700 "$d"; mkdir "$d/once" 2>/dev/null || exit 0
i=/dev/null; [ -f "$d/in" ] && i="$d/in"
set -m
( export DECKHAND_EXEC=${id}; cd -- ${shellQuote(cwd)} || exit 127; exec ${argv.map(shellQuote).join(" ")} ) \\
  <"$i" >"$d/out" 2>"$d/err" &
echo $! >"$d/pid"; wait $!; echo $? >"$d/rc.new"; mv "$d/rc.new" "$d/rc"`;
}
/**
* Prints what the files hold beyond the offsets as lines \`o <offset> <base64>\` and \`e …\`, and \`x <status>\` at the
* end. May be stopped and started again anywhere.
*/
function followScript(dir, outOffset, errOffset) {
	return `
d=${shellQuote(dir)}; o=${outOffset}; e=${errOffset}; sent=0; idle=0; there=
emit() {
  next=$3; n=$(wc -c 2>/dev/null <"$d/$2") || n=0
  [ $((n - next)) -gt ${BACKLOG_BYTES_MAX} ] && next=$((n - ${SKIP_KEEPS_BYTES}))
  while [ "$n" -gt "$next" ]; do
    c=$((n - next)); [ $c -gt ${CHUNK_BYTES} ] && c=${CHUNK_BYTES}
    printf '%s %s %s\\n' "$1" "$next" "$(tail -c +$((next + 1)) "$d/$2" | head -c $c | base64 | tr -d '\\n')" || exit 0
    next=$((next + c)); sent=$((sent + c)); idle=0
  done
}
while [ $SECONDS -lt ${FOLLOW_SECONDS_MAX} ] && [ $sent -lt ${FOLLOW_BYTES_MAX} ]; do
  end=; [ -f "$d/rc" ] && end=1
  emit o out $o; o=$next; emit e err $e; e=$next
  if [ -n "$end" ]; then printf 'x %s\\n' "$(cat "$d/rc")"; exit 0; fi
  # The folder may not be there yet; gone after it was there, or late, nothing will write the end into it any more.
  if [ -d "$d" ]; then there=1; elif [ -n "$there" ] || [ $SECONDS -ge ${START_SECONDS_MAX} ]; then echo 'x 137'; exit 0; fi
  idle=$((idle + 1)); if [ $idle -lt 20 ]; then sleep 0.03; else sleep 0.2; fi
done`;
}
/** Kills the command's process group and whatever left the group but still carries its marker. Safe to run twice. */
function killScript(id, dir) {
	return `
d=${shellQuote(dir)}; i=0; mkdir -p -m 700 "$d"
# Who makes the folder first decides: a launch that comes after its own kill finds it and does nothing.
if mkdir "$d/once" 2>/dev/null; then echo 137 >"$d/rc"; exit 0; fi
while [ ! -s "$d/pid" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
p=$(cat "$d/pid" 2>/dev/null) && kill -KILL -- "-$p" 2>/dev/null
for round in 1 2 3 4 5; do
  found=
  for f in /proc/[0-9]*; do
    while IFS= read -r -d '' v; do
      [ "$v" = DECKHAND_EXEC=${id} ] && kill -KILL "\${f#/proc/}" 2>/dev/null && found=1 && break
    done 2>/dev/null <"$f/environ"
  done
  [ -z "$found" ] && break
done
i=0; while [ ! -f "$d/rc" ] && [ $i -lt 20 ]; do i=$((i + 1)); sleep 0.05; done
[ -f "$d/rc" ] || echo 137 >"$d/rc"`;
}

// ../../app/sandboxes/e2b-exec.ts
/**
* Commands in an E2B sandbox. A command is started detached with its output in files, and the files are followed from
* an offset that survives a broken connection, because E2B throws output away while nobody listens. Time-out and abort
* kill the process group, because E2B's own kill reaches one process.
*/
/** One connection follows at most this long; then the next one goes on, so that a dead line is noticed. */
const FOLLOW_MS_MAX = 3e5;
const FOLLOW_FAILURES_MAX = 10;
const FOLLOW_BACKOFF_MS = 250;
const FOLLOW_BACKOFF_MS_MAX = 5e3;
const KILL_TIMEOUT_MS$1 = 2e4;
const STDIN_TIMEOUT_MS = 6e4;
/** After the kill: how long the rest of the output may take. */
const DRAIN_MS_MAX = 5e3;
/** Linux takes no single argument above 128 KiB, and the command travels as one. */
const COMMAND_BYTES_MAX = 102400;
async function execE2b(context, argv, o) {
	const { client, where } = context;
	const { clock } = client;
	const startedAt = clock.now();
	const [out, err] = [outputOf(o.onStdout), outputOf(o.onStderr)];
	const finish = (status, limit) => ({
		exitCode: limit !== null || status === null ? null : exitCodeOf(status),
		stdout: out.end(),
		stderr: err.end(),
		timedOut: limit === "timedOut",
		aborted: limit === "aborted",
		durationMs: clock.now() - startedAt
	});
	if (o.signal?.aborted) return finish(null, "aborted");
	const id = randomUUID();
	const dir = `${where.tmp}/deckhand-${id}`;
	await start(context, id, dir, argv, o);
	const over = new AbortController();
	const following = follow(context, dir, out, err, over.signal);
	following.catch(() => {});
	const limited = limitOf(context, o, over.signal);
	try {
		const first = await Promise.race([following, limited]);
		if (typeof first === "number") return finish(first, null);
		const work = (signal) => context.sandbox.commands.run(killScript(id, dir), {
			timeoutMs: KILL_TIMEOUT_MS$1,
			signal
		});
		await persist(context, KILL_TIMEOUT_MS$1, work);
		await Promise.race([following.catch(() => null), clock.delay(DRAIN_MS_MAX, { signal: over.signal })]);
		return finish(null, first);
	} finally {
		over.abort();
	}
}
/** Starts the command; starting twice is harmless, so that an unclear answer can be asked again. */
async function start(context, id, dir, argv, o) {
	const { sandbox, where } = context;
	const script = launchScript(id, dir, resolveInside(where.workdir, o.cwd ?? "."), argv);
	if (Buffer.byteLength(script) > COMMAND_BYTES_MAX) throw new Error(`A command may have ${COMMAND_BYTES_MAX} bytes; pass long input by stdin or a file.`);
	if (o.stdin !== void 0) {
		const blob = new Blob([typeof o.stdin === "string" ? o.stdin : new Uint8Array(o.stdin)]);
		const limit = { requestTimeoutMs: STDIN_TIMEOUT_MS };
		const write = (signal) => sandbox.files.write(`${dir}/in`, blob, {
			...limit,
			signal
		});
		await persist(context, STDIN_TIMEOUT_MS, write);
	}
	const envs = o.env ?? {};
	await persist(context, REQUEST_TIMEOUT_MS, async (signal) => {
		const requestTimeoutMs = REQUEST_TIMEOUT_MS;
		await (await sandbox.commands.run(script, {
			background: true,
			timeoutMs: 0,
			requestTimeoutMs,
			envs,
			signal
		})).disconnect();
	});
}
/** Resolves when the time limit or the abort comes, and never when the command ends before. */
function limitOf({ client }, o, over) {
	return new Promise((resolve) => {
		const signal = AbortSignal.any(o.signal ? [over, o.signal] : [over]);
		const ends = () => {
			if (o.signal?.aborted && !over.aborted) resolve("aborted");
		};
		signal.addEventListener("abort", ends, { once: true });
		ends();
		if (o.timeoutMs === void 0) return;
		const waits = async (timeoutMs) => {
			await client.clock.delay(timeoutMs, { signal });
			if (!signal.aborted) resolve("timedOut");
		};
		waits(o.timeoutMs);
	});
}
/** Follows output and end of a started command. Resolves with its exit status; rejects when the sandbox failed. */
async function follow(context, dir, out, err, over) {
	const { client, sandbox } = context;
	const streams = {
		o: {
			sink: out,
			offset: 0
		},
		e: {
			sink: err,
			offset: 0
		}
	};
	let status = null;
	let progress = false;
	const onLine = (line) => {
		const [kind, first = "", data = ""] = line.split(" ");
		if (kind === "x" && /^\d+$/.test(first)) status = Number(first);
		if (kind !== "o" && kind !== "e") return;
		const stream = streams[kind];
		const bytes = Buffer.from(data, "base64");
		if (Number(first) < stream.offset) return;
		stream.sink.push(bytes);
		stream.offset = Number(first) + bytes.length;
		progress = true;
	};
	for (let failures = 0;;) {
		const script = followScript(dir, streams.o.offset, streams.e.offset);
		try {
			const onStdout = lines(onLine);
			const run = (signal) => sandbox.commands.run(script, {
				timeoutMs: 0,
				onStdout,
				signal
			});
			await client.call(FOLLOW_MS_MAX, (_, signal) => run(signal), over);
			failures = 0;
		} catch (error) {
			if (error instanceof CallAborted) throw error;
			failures = progress ? 1 : failures + 1;
			if (status === null && await isGone(client, sandbox)) throw goneError(sandbox.sandboxId, error);
			if (status === null && failures >= FOLLOW_FAILURES_MAX) throw error;
		}
		if (status !== null) return status;
		progress = false;
		const waitMs = failures === 0 ? 0 : Math.min(FOLLOW_BACKOFF_MS * 2 ** failures, FOLLOW_BACKOFF_MS_MAX);
		await client.clock.delay(waitMs, { signal: over });
	}
}
function lines(onLine) {
	let rest = "";
	return (text) => {
		const parts = (rest + text).split("\n");
		rest = parts.pop() ?? "";
		for (const line of parts) onLine(line);
	};
}

// ../../app/sandboxes/e2b-sandbox.ts
const FILE_TIMEOUT_MS = 6e4;
/** The memory is written down: some seconds a GiB. */
const PAUSE_TIMEOUT_MS = 6e4;
/** Asks the sandbox where it works; the template decides, not we. */
async function probeE2b(client, sandbox, timeoutMs) {
	const script = String.raw`pwd -P && printf '%s\n' "${"$"}{TMPDIR:-/tmp}"`;
	const { stdout } = await client.call(timeoutMs, (_, signal) => sandbox.commands.run(script, {
		timeoutMs,
		requestTimeoutMs: timeoutMs,
		signal
	}));
	const [workdir, tmp] = stdout.split("\n");
	if (!workdir?.startsWith("/") || !tmp?.startsWith("/")) throw new Error("The sandbox did not say where it works.");
	return {
		workdir,
		tmp
	};
}
function e2bSandbox(client, sandbox, where, destroy) {
	const context = {
		client,
		sandbox,
		where
	};
	const named = async (verb, path, work) => {
		try {
			return await work();
		} catch (error) {
			const detail = error instanceof Error ? error.message : String(error);
			throw new Error(`Could not ${verb} ${JSON.stringify(path)} in the sandbox: ${detail}`, { cause: error });
		}
	};
	const options = (signal) => ({
		requestTimeoutMs: FILE_TIMEOUT_MS,
		signal
	});
	return {
		id: sandbox.sandboxId,
		workdir: where.workdir,
		isolation: "vm",
		exec: (argv, execOptions = {}) => execE2b(context, argv, execOptions),
		async read(path) {
			const inside = resolveInside(where.workdir, path);
			const work = (signal) => sandbox.files.read(inside, {
				format: "bytes",
				...options(signal)
			});
			const bytes = await named("read", path, () => persist(context, FILE_TIMEOUT_MS, work));
			if (bytes.length <= 67108864) return bytes;
			throw new Error(`${path} is larger than the ${FILE_BYTES_MAX} bytes that can be read.`);
		},
		async write(path, data) {
			const inside = resolveInside(where.workdir, path);
			const blob = new Blob([typeof data === "string" ? data : new Uint8Array(data)]);
			const work = (signal) => sandbox.files.write(inside, blob, options(signal));
			await named("write", path, () => persist(context, FILE_TIMEOUT_MS, work));
		},
		async extend(ttlMs) {
			const request = {
				requestTimeoutMs: REQUEST_TIMEOUT_MS,
				retries: 0
			};
			await persist(context, REQUEST_TIMEOUT_MS, (signal) => sandbox.setTimeout(ttlMs, {
				...request,
				signal
			}));
		},
		async pause() {
			const request = {
				requestTimeoutMs: PAUSE_TIMEOUT_MS,
				retries: 0
			};
			const work = (signal) => sandbox.pause({
				...request,
				signal
			});
			await persist(context, PAUSE_TIMEOUT_MS, work, () => Promise.resolve(false));
		},
		destroy,
		[Symbol.asyncDispose]: destroy
	};
}

// ../../app/sandboxes/e2b.ts
const LIST_PAGES_MAX = 100;
const LIST_PAGE_SIZE = 100;
const KILL_TRIES_MAX = 4;
const KILL_BACKOFF_MS = 250;
const KILL_TIMEOUT_MS = 5e3;
const CHECK_TIMEOUT_MS = 1e4;
/** `connect` sets the lifetime; E2B counts in whole seconds. */
const LIFETIME_MS_MIN = 1e3;
function e2bProvider(settings, clock = realClock, random = Math.random) {
	const client = e2bClient(settings, clock, random);
	const destroy = (id) => destroyE2b(client, id);
	const orphans = orphanSearch(client, {
		kill: destroy,
		async find({ owner, runId, attemptId }) {
			const ids = [];
			for await (const { sandboxId } of pages(client, {
				owner,
				runId,
				attemptId
			})) ids.push(sandboxId);
			return ids;
		}
	});
	const open = async (sandbox, timeoutMs) => e2bSandbox(client, sandbox, await probeE2b(client, sandbox, timeoutMs), () => destroy(sandbox.sandboxId));
	return {
		name: "e2b",
		reach: "anywhere",
		async check() {
			try {
				await client.call(CHECK_TIMEOUT_MS, (sdk, signal) => sdk.Sandbox.list({
					...client.options(CHECK_TIMEOUT_MS, signal),
					limit: 1
				}).nextItems());
				return {
					ok: true,
					isolation: "vm",
					detail: "E2B answers and accepts the API key."
				};
			} catch (error) {
				return {
					ok: false,
					isolation: "vm",
					detail: problemOf(error).detail
				};
			}
		},
		acquire: (spec) => acquireE2b(client, orphans, spec, open),
		async attach(id, ttlMs) {
			const info = await infoOf(client, id);
			if (info === null) return null;
			const timeoutMs = Math.max(ttlMs ?? info.endAt.getTime() - clock.now(), LIFETIME_MS_MIN);
			try {
				const sandbox = await client.call(REQUEST_TIMEOUT_MS, (sdk, signal) => sdk.Sandbox.connect(id, {
					...client.options(REQUEST_TIMEOUT_MS, signal),
					timeoutMs
				}));
				return await open(sandbox, REQUEST_TIMEOUT_MS);
			} catch (error) {
				if (await infoOf(client, id) === null) return null;
				throw error;
			}
		},
		async *list(owner) {
			for await (const { sandboxId, metadata, startedAt, endAt } of pages(client, { owner })) {
				const { runId = "", attemptId = "" } = metadata;
				yield {
					id: sandboxId,
					owner,
					runId,
					attemptId,
					startedAt,
					endsAt: endAt
				};
			}
		},
		destroy,
		settle: (withinMs) => orphans.settle(withinMs)
	};
}
/** All sandboxes with these metadata, page by page. Rejects when E2B fails. */
async function* pages(client, metadata) {
	const paginator = await client.call(REQUEST_TIMEOUT_MS, async (sdk, signal) => sdk.Sandbox.list({
		...client.options(REQUEST_TIMEOUT_MS, signal),
		query: { metadata },
		limit: LIST_PAGE_SIZE
	}));
	for (let page = 0; page < LIST_PAGES_MAX && paginator.hasNext; page++) yield* await client.call(REQUEST_TIMEOUT_MS, (_, signal) => paginator.nextItems({ signal }));
}
/** What E2B knows of a sandbox; null when it is gone (404). */
async function infoOf(client, id, timeoutMs = REQUEST_TIMEOUT_MS) {
	try {
		const options = (signal) => client.options(timeoutMs, signal);
		return await client.call(timeoutMs, (sdk, signal) => sdk.Sandbox.getInfo(id, options(signal)));
	} catch (error) {
		if (isNotFound(error)) return null;
		throw error;
	}
}
function isNotFound(error) {
	const { name, statusCode } = error;
	return name === "SandboxNotFoundError" || statusCode === 404;
}
/**
* Kills and then looks: only a 404 counts as gone. Tries again what may pass, a bounded number of times, and rejects
* with the last problem, so that whoever owes the death keeps owing it.
*/
async function destroyE2b(client, id) {
	let problem = `E2B still lists the sandbox ${id} after it was killed.`;
	for (let tried = 0; tried < KILL_TRIES_MAX; tried++) {
		try {
			await client.call(KILL_TIMEOUT_MS, (sdk, signal) => sdk.Sandbox.kill(id, client.options(KILL_TIMEOUT_MS, signal)));
			if (await infoOf(client, id, KILL_TIMEOUT_MS) === null) return;
		} catch (error) {
			if (isNotFound(error)) return;
			const { detail, passing, reason } = problemOf(error);
			problem = `E2B did not confirm the end of the sandbox ${id}: ${detail}`;
			if (!passing && reason !== "sandbox_acquire_timeout") break;
		}
		if (tried + 1 < KILL_TRIES_MAX) await client.clock.delay(KILL_BACKOFF_MS * 2 ** tried);
	}
	throw new Error(problem);
}

export { e2bProvider };