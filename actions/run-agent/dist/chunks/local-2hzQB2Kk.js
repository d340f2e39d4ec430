import { a as realClock, i as race, r as SandboxAcquireError, t as FILE_BYTES_MAX$1 } from "./provider-Du9z66wa.js";
import { n as outputOf, r as resolveInside, t as exitCodeOf } from "./output-CeoHMYAH.js";
import * as fs from "node:fs";
import { chmodSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { randomBytes, randomUUID } from "node:crypto";
import { spawn } from "node:child_process";

// ../../app/sandboxes/local-registry.ts
/**
* The records of the local sandboxes of this machine: one folder and one JSON file per sandbox, so that another process
* can list, use and destroy them, and so that a crash loses none.
*/
const ID = /^local-[0-9a-f]{16}$/;
/** More records than this on one machine are not listed; nothing real comes near. */
const RECORDS_MAX = 1e4;
/** The variable that marks every process of a sandbox. */
function markerOf(id) {
	return `DECKHAND_SANDBOX=${id}`;
}
/**
* Opens the registry under `dir` (by default in the system's temporary folder). Throws when the folder belongs to
* somebody else or is a link: others could then plant or read sandboxes.
*/
function openRegistry(dir = join(tmpdir(), "deckhand-sandboxes")) {
	mkdirSync(dir, {
		recursive: true,
		mode: 457
	});
	const found = lstatSync(dir);
	const uid = process.getuid?.();
	if (!found.isDirectory() || uid !== void 0 && found.uid !== uid) throw new Error(`${dir} does not belong to this user; remove it or give another folder for local sandboxes.`);
	if ((found.mode & 511) !== 457) chmodSync(dir, 457);
	const recordPath = (id) => join(dir, `${checked(id)}.json`);
	const read = async (id) => {
		if (!ID.test(id)) return null;
		try {
			return JSON.parse(await readFile(recordPath(id), "utf8"));
		} catch (error) {
			if (error.code === "ENOENT") return null;
			throw error;
		}
	};
	return {
		root: dir,
		dirOf: (id) => join(dir, checked(id)),
		recordPath,
		read,
		async write(record) {
			const path = recordPath(record.id);
			const half = `${path}.${process.pid}`;
			await writeFile(half, JSON.stringify(record), { mode: 384 });
			await rename(half, path);
		},
		remove: (id) => rm(recordPath(id), { force: true }),
		async all() {
			const names = (await readdir(dir)).filter((name) => name.endsWith(".json")).slice(0, RECORDS_MAX);
			return (await Promise.all(names.map((name) => read(name.slice(0, -5))))).filter((record) => record !== null);
		}
	};
}
function checked(id) {
	if (!ID.test(id)) throw new Error(`${JSON.stringify(id)} is not the id of a local sandbox.`);
	return id;
}

// ../../app/sandboxes/processes.ts
/**
* Kills (SIGKILL) every process whose environment holds `NAME=value`, their descendants and their process groups.
* Synchronous and bounded. Only Linux can look processes up; elsewhere the given groups are all it kills.
* Returns how many processes it signalled.
*/
function killMarked(marker, groups, roundsMax) {
	const fs = process.getBuiltinModule("node:fs");
	let killed = 0;
	const kill = (pid) => {
		try {
			process.kill(pid, "SIGKILL");
			killed += 1;
		} catch {}
	};
	for (const group of groups) if (group > 1) kill(-group);
	if (process.platform !== "linux") return killed;
	const wanted = `\0${marker}\0`;
	const fieldsOf = (pid) => {
		const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	};
	const own = Number(fieldsOf("self")[2]);
	const scan = () => {
		const found = /* @__PURE__ */ new Set();
		const rows = [];
		for (const name of fs.readdirSync("/proc")) {
			const pid = Number(name);
			if (!Number.isInteger(pid) || pid === process.pid) continue;
			try {
				const [state, parent, group] = fieldsOf(pid);
				if (state === "Z" || state === "X") continue;
				rows.push({
					pid,
					parent: Number(parent),
					group: Number(group)
				});
				if (`\0${fs.readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(wanted)) found.add(pid);
			} catch {}
		}
		for (let grown = true; grown;) {
			const groupsFound = new Set(rows.filter((row) => found.has(row.pid)).map((row) => row.group));
			const more = rows.filter((row) => !found.has(row.pid) && row.group !== own && (found.has(row.parent) || groupsFound.has(row.group)));
			for (const row of more) found.add(row.pid);
			grown = more.length > 0;
		}
		return found;
	};
	for (let round = 0; round < roundsMax; round++) {
		const found = scan();
		if (found.size === 0) break;
		for (const pid of found) kill(pid);
	}
	return killed;
}

// ../../app/sandboxes/local-supervisor.ts
/**
* The small process that stands behind each local sandbox: when its pipe to the parent closes (the parent was killed)
* or the sandbox's time-to-live ends, it kills the sandbox's processes and removes its folder. It is sent to a fresh
* Node as source text, so that it is the same whether this file runs as TypeScript or inside the action's bundle.
*/
const READY_TIMEOUT_MS = 1e4;
/** A timer in Node holds at most 2^31 - 1 ms; a longer life is looked at again then. */
const TIMER_MS_MAX = 2e9;
/** Removes a folder whatever modes its owner left on it; follows no links. Serialised into the supervisor. */
function removeTree(dir) {
	const fs = process.getBuiltinModule("node:fs");
	const path = process.getBuiltinModule("node:path");
	const options = {
		recursive: true,
		force: true,
		maxRetries: 10,
		retryDelay: 50
	};
	const unlock = (folder) => {
		fs.chmodSync(folder, 448);
		for (const entry of fs.readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) unlock(path.join(folder, entry.name));
	};
	try {
		fs.rmSync(dir, options);
	} catch {
		unlock(dir);
		fs.rmSync(dir, options);
	}
}
/** The supervisor's main function. Runs in a process of its own, with nothing but its arguments. */
function supervise(kill, remove, input) {
	const fs = process.getBuiltinModule("node:fs");
	let timer;
	const end = () => {
		try {
			const record = JSON.parse(fs.readFileSync(input.recordPath, "utf8"));
			fs.writeFileSync(`${input.recordPath}.end`, JSON.stringify({
				...record,
				endsAt: 0
			}), { mode: 384 });
			fs.renameSync(`${input.recordPath}.end`, input.recordPath);
		} catch {}
		kill(input.marker, [], input.roundsMax);
		try {
			remove(input.dir);
		} finally {
			fs.rmSync(input.recordPath, { force: true });
			process.exit(0);
		}
	};
	const watch = () => {
		clearTimeout(timer);
		let endsAt = 0;
		try {
			endsAt = Number(JSON.parse(fs.readFileSync(input.recordPath, "utf8")).endsAt);
		} catch {}
		const left = endsAt - Date.now();
		if (!(left > 0)) end();
		else timer = setTimeout(watch, Math.min(left, input.timerMsMax));
	};
	process.on("SIGINT", () => {});
	process.on("SIGHUP", () => {});
	process.on("SIGTERM", end);
	process.on("SIGUSR2", watch);
	process.stdin.on("end", end);
	process.stdin.on("error", end);
	process.stdin.resume();
	watch();
	process.stdout.write("ready");
}
/**
* Starts the supervisor of a sandbox whose record is on disk already. Resolves when it watches; the returned child's
* stdin is the pipe that must stay open for as long as the sandbox may live. Rejects when it does not come up.
*/
async function startSupervisor(registry, record) {
	const input = {
		recordPath: registry.recordPath(record.id),
		dir: registry.dirOf(record.id),
		marker: markerOf(record.id),
		roundsMax: 10,
		timerMsMax: TIMER_MS_MAX
	};
	const [main, kill, remove] = [
		supervise,
		killMarked,
		removeTree
	].map(String);
	const source = `(${main})(${kill}, ${remove}, ${JSON.stringify(input)})`;
	const child = spawn(process.execPath, ["-e", source], {
		cwd: "/",
		env: {},
		detached: true,
		stdio: [
			"pipe",
			"pipe",
			"ignore"
		]
	});
	child.stdin.on("error", () => {});
	const ready = await new Promise((resolve) => {
		const timer = setTimeout(() => resolve(`it was not ready within ${READY_TIMEOUT_MS} ms`), READY_TIMEOUT_MS);
		const done = (problem) => {
			clearTimeout(timer);
			resolve(problem);
		};
		child.stdout.once("data", () => done(""));
		child.once("error", (error) => done(error.message));
		child.once("exit", (code, signal) => done(`it ended at once (${signal ?? code})`));
	});
	if (ready !== "") {
		child.kill("SIGKILL");
		throw new Error(`The supervisor of a local sandbox did not start: ${ready}.`);
	}
	child.unref();
	for (const stream of [child.stdin, child.stdout]) if ("unref" in stream) stream.unref();
	return child;
}

// ../../app/sandboxes/local-isolation.ts
/**
* What stands between a local sandbox and the machine: bubblewrap where it works. Whether it works is found out by
* executing it, because distributions and hosted runners forbid user namespaces in ways that only show then.
*/
const PROBE_TIMEOUT_MS = 5e3;
const PROCESSES_MAX = 1024;
const OPEN_FILES_MAX = 4096;
/** Address space of one process; Node 24 does not start in 1 GiB. */
const MEMORY_BYTES_MAX = 8 * 1024 ** 3;
const FILE_BYTES_MAX = 4 * 1024 ** 3;
const CPU_SECONDS_MAX = 3600;
/** Where a sandbox's home is mounted inside the namespace. */
const NAMESPACE_HOME = "/home/agent";
const USER_ID_INSIDE = 1e3;
/** systemd's range for users that live as long as one service: nothing else owns files as them. */
const DYNAMIC_UID_FIRST = 61184;
const DYNAMIC_UID_COUNT = 4336;
/** A program on the PATH of this process, or null. */
function findProgram(name, path = process.env["PATH"] ?? "/usr/bin:/bin") {
	for (const folder of path.split(delimiter)) {
		if (!folder.startsWith("/")) continue;
		try {
			fs.accessSync(join(folder, name), fs.constants.X_OK);
			return join(folder, name);
		} catch {}
	}
	return null;
}
/** The PATH inside: the folder of this Node first, so that agents run the version that the product was tested with. */
function pathInside(wrapping) {
	const standard = [
		"/usr/local/sbin",
		"/usr/local/bin",
		"/usr/sbin",
		"/usr/bin",
		"/sbin",
		"/bin"
	];
	const node = wrapping.bwrap === null || wrapping.showNode ? [dirname(fs.realpathSync(process.execPath))] : [];
	const own = wrapping.bwrap === null ? (process.env["PATH"] ?? "").split(delimiter).filter(Boolean) : [];
	return [.../* @__PURE__ */ new Set([
		...node,
		...own,
		...standard
	])].join(delimiter);
}
/** The user that commands drop to when this process is the real root; null when it is not. */
function dropUid(random) {
	if (process.getuid?.() !== 0) return null;
	return DYNAMIC_UID_FIRST + Math.floor(random() * DYNAMIC_UID_COUNT);
}
/** Makes the folders of a sandbox. `uid` owns what the sandbox writes to. */
function makePlace(dir, uid) {
	fs.mkdirSync(dir, { mode: 457 });
	for (const name of ["home", "tmp"]) {
		fs.mkdirSync(join(dir, name), { mode: 448 });
		if (uid !== null) fs.chownSync(join(dir, name), uid, uid);
	}
	fs.mkdirSync(join(dir, "etc"), { mode: 493 });
	const user = `agent:x:${USER_ID_INSIDE}:${USER_ID_INSIDE}::${NAMESPACE_HOME}:/bin/sh\n`;
	fs.writeFileSync(join(dir, "etc/passwd"), `root:x:0:0::/root:/bin/sh\n${user}`);
	fs.writeFileSync(join(dir, "etc/group"), `root:x:0:\nagent:x:${USER_ID_INSIDE}:\n`);
}
/** `cd`, then the command itself: a missing folder or program is an exit code of 127, as in any shell. */
const ENTER = "cd -- \"$1\" || exit 127; shift; exec \"$@\"";
/** The argument vector that runs `argv` in `cwd` (a path inside) of the sandbox. */
function wrap(wrapping, place, cwd, argv) {
	const entered = [
		"/bin/sh",
		"-c",
		ENTER,
		"sh",
		cwd,
		...argv
	];
	const limited = wrapping.prlimit ? [
		"prlimit",
		...limits(wrapping),
		"--",
		...entered
	] : entered;
	if (wrapping.bwrap === null) return limited;
	return [
		wrapping.bwrap,
		...namespaceArguments(wrapping, place),
		"--",
		...limited
	];
}
function limits(wrapping) {
	const all = [
		`--nofile=${OPEN_FILES_MAX}`,
		`--as=${MEMORY_BYTES_MAX}`,
		`--fsize=${FILE_BYTES_MAX}`,
		`--cpu=${CPU_SECONDS_MAX}`,
		"--core=0"
	];
	return wrapping.bwrap === null ? all : [...all, `--nproc=${PROCESSES_MAX}`];
}
/**
* Only named folders of the machine are visible, read-only; everything else is an empty tmpfs. The environment is the
* one that bubblewrap itself is started with, which is clean: given as `--setenv` it would stand in the process list.
*/
function namespaceArguments(wrapping, { dir, network }) {
	const shown = [
		"/etc/ssl",
		"/etc/ca-certificates",
		"/etc/pki",
		"/etc/alternatives",
		"/etc/ld.so.cache"
	];
	const named = [
		"/etc/ld.so.conf",
		"/etc/ld.so.conf.d",
		"/etc/nsswitch.conf",
		"/etc/localtime",
		"/etc/mime.types"
	];
	const net = network === "all" ? [
		"/etc/resolv.conf",
		"/etc/hosts",
		"/etc/services",
		"/etc/protocols"
	] : [];
	const isolation = [
		"--unshare-user",
		"--unshare-pid",
		"--unshare-ipc",
		"--unshare-uts",
		"--unshare-cgroup-try"
	];
	if (network === "none") isolation.push("--unshare-net");
	return [
		isolation,
		[
			"--cap-drop",
			"ALL",
			"--new-session",
			"--die-with-parent",
			"--hostname",
			"sandbox"
		],
		[
			"--uid",
			String(USER_ID_INSIDE),
			"--gid",
			String(USER_ID_INSIDE)
		],
		[
			"--ro-bind",
			"/usr",
			"/usr"
		],
		[
			"/bin",
			"/sbin",
			"/lib",
			"/lib32",
			"/lib64"
		].flatMap(systemFolder),
		[
			...shown,
			...named,
			...net
		].flatMap((path) => [
			"--ro-bind-try",
			path,
			path
		]),
		[
			"--ro-bind-try",
			"/opt/hostedtoolcache",
			"/opt/hostedtoolcache"
		],
		[
			"--proc",
			"/proc",
			"--dev",
			"/dev",
			"--tmpfs",
			"/root",
			"--tmpfs",
			"/run",
			"--tmpfs",
			"/home"
		],
		[
			"--bind",
			join(dir, "home"),
			NAMESPACE_HOME,
			"--bind",
			join(dir, "tmp"),
			"/tmp"
		],
		[
			"--ro-bind",
			join(dir, "etc/passwd"),
			"/etc/passwd",
			"--ro-bind",
			join(dir, "etc/group"),
			"/etc/group"
		],
		wrapping.showNode ? nodeFolder() : [],
		["--chdir", NAMESPACE_HOME]
	].flat();
}
function systemFolder(path) {
	try {
		if (fs.lstatSync(path).isSymbolicLink()) return [
			"--symlink",
			fs.readlinkSync(path),
			path
		];
		return [
			"--ro-bind",
			path,
			path
		];
	} catch {
		return [];
	}
}
function nodeFolder() {
	const bin = dirname(fs.realpathSync(process.execPath));
	if (bin.startsWith("/usr/")) return [];
	const prefix = basename(bin) === "bin" && dirname(bin) !== "/" ? dirname(bin) : bin;
	return [
		"--ro-bind",
		prefix,
		prefix
	];
}
/**
* Executes bubblewrap as a sandbox would. The result is how to wrap commands, or a sentence on why it cannot be used.
*/
async function probeNamespace(root) {
	const bwrap = findProgram("bwrap");
	if (bwrap === null) return { problem: "bubblewrap (bwrap) is not installed" };
	const uid = dropUid(() => 0);
	const dir = fs.mkdtempSync(join(root, "probe-"));
	let problem = "";
	try {
		removeTree(dir);
		makePlace(dir, uid);
		const prlimit = findProgram("prlimit") !== null;
		const tries = [
			{
				bwrap,
				showNode: true,
				prlimit
			},
			{
				bwrap,
				showNode: false,
				prlimit
			},
			{
				bwrap,
				showNode: false,
				prlimit: false
			}
		];
		for (const wrapping of tries) {
			const output = await execute(wrap(wrapping, {
				dir,
				network: "none"
			}, NAMESPACE_HOME, [
				"/bin/sh",
				"-c",
				"test -w . && test \"$(ls /proc | grep -c \"^[0-9]\")\" -lt 20"
			]), uid);
			if (output === null) return { wrapping };
			problem ||= output;
		}
		return { problem: `bubblewrap does not work here (${problem})` };
	} finally {
		removeTree(dir);
	}
}
/** How plain processes are wrapped: resource limits where prlimit works. */
async function probePlain() {
	const wrapping = {
		bwrap: null,
		showNode: false,
		prlimit: findProgram("prlimit") !== null
	};
	if (wrapping.prlimit) {
		if (await execute(wrap(wrapping, {
			dir: "/",
			network: "all"
		}, "/", ["true"]), null) !== null) wrapping.prlimit = false;
	}
	return wrapping;
}
/** Null when the command succeeds, otherwise what it said. */
function execute(argv, uid) {
	return new Promise((resolve) => {
		const options = {
			cwd: "/",
			env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
			timeout: PROBE_TIMEOUT_MS,
			killSignal: "SIGKILL",
			...uid === null ? {} : {
				uid,
				gid: uid
			}
		};
		const child = spawn(argv[0] ?? "", argv.slice(1), {
			...options,
			stdio: [
				"ignore",
				"ignore",
				"pipe"
			]
		});
		let said = "";
		child.stderr?.on("data", (bytes) => said = (said + bytes.toString()).slice(0, 500));
		child.once("error", (error) => resolve(error.message));
		child.once("close", (code) => resolve(code === 0 ? null : said.trim() || `exit code ${code}`));
	});
}

// ../../app/sandboxes/local-exec.ts
/** Runs one command of a local sandbox as a process tree of its own that can be killed as a whole. */
/** After the command itself ended: how long what it printed may take to arrive. */
const DRAIN_MS_MAX = 1e3;
/** After SIGKILL: how long the kernel may take to end it. */
const DEATH_MS_MAX = 5e3;
/** Resolves when the command and everything that it started are gone. Rejects when it cannot be started or killed. */
async function runLocal(command) {
	if (command.signal?.aborted) return {
		code: null,
		signal: null,
		timedOut: false,
		aborted: true
	};
	const marker = `DECKHAND_EXEC=${randomUUID()}`;
	const child = start(command, marker);
	const killTree = () => killMarked(marker, child.pid === void 0 ? [] : [child.pid], 10);
	const end = {
		code: null,
		signal: null,
		timedOut: false,
		aborted: false
	};
	return await new Promise((resolve, reject) => {
		const timers = [];
		let over = false;
		const finish = (error) => {
			if (over) return;
			over = true;
			for (const timer of timers) clearTimeout(timer);
			command.signal?.removeEventListener("abort", onAbort);
			child.stdout?.destroy();
			child.stderr?.destroy();
			if (error) reject(error);
			else resolve(end);
		};
		const stop = (why) => {
			if (end.timedOut || end.aborted || child.exitCode !== null || child.signalCode !== null) return;
			end[why] = true;
			killTree();
			const stuck = /* @__PURE__ */ new Error("A command of the local sandbox did not die when it was killed.");
			timers.push(setTimeout(() => finish(stuck), DEATH_MS_MAX));
		};
		const onAbort = () => stop("aborted");
		command.signal?.addEventListener("abort", onAbort, { once: true });
		if (command.timeoutMs !== void 0) timers.push(setTimeout(() => stop("timedOut"), command.timeoutMs));
		child.once("error", (error) => finish(new Error("A local command could not be started.", { cause: error })));
		child.once("exit", (code, signal) => {
			Object.assign(end, {
				code,
				signal
			});
			killTree();
			timers.push(setTimeout(() => finish(), DRAIN_MS_MAX));
		});
		child.once("close", () => finish());
	});
}
function start(command, marker) {
	const [name, value] = marker.split("=");
	const child = spawn(command.argv[0] ?? "", command.argv.slice(1), {
		cwd: command.cwd,
		env: {
			...command.env,
			[name]: value
		},
		detached: true,
		stdio: [
			"pipe",
			"pipe",
			"pipe"
		],
		...command.uid === null ? {} : {
			uid: command.uid,
			gid: command.uid
		}
	});
	child.stdout.on("data", (bytes) => command.onStdout(bytes));
	child.stderr.on("data", (bytes) => command.onStderr(bytes));
	child.stdin.on("error", () => {});
	child.stdin.end(command.stdin ?? "");
	return child;
}

// ../../app/sandboxes/local-files.ts
/**
* Files are read and written by a command inside the sandbox, with its powers and its view of the machine, so a link
* that leads out leads nowhere; where there is no namespace, the physical path is compared with the workdir first.
*/
const FILE_TIMEOUT_MS = 6e4;
const INSIDE = `
root=$(readlink -f -- "$1") || exit 1
inside() { case "$1/" in "$root"/*) ;; *) echo "leads out of the sandbox's workdir" >&2; exit 77;; esac; }
`;
const READ = `${INSIDE}
real=$(readlink -f -- "$2") && [ -e "$real" ] || { echo "no such file" >&2; exit 1; }
inside "$real"; [ -f "$real" ] || { echo "not a file" >&2; exit 1; }
exec cat -- "$real"`;
const WRITE = `${INSIDE}
parent=$(dirname -- "$2"); known=$parent
while [ ! -e "$known" ] && [ ! -L "$known" ]; do known=$(dirname -- "$known"); done
inside "$(readlink -f -- "$known")"; mkdir -p -- "$parent" || exit 1
if [ -L "$2" ]; then inside "$(readlink -f -- "$2")"; fi
exec cat > "$2"`;
/** `read` and `write` of a sandbox whose commands `run` runs. Both reject with a sentence that names the path. */
function localFiles(workdir, run) {
	async function file(script, path, stdin, verb) {
		const chunks = [];
		let bytes = 0;
		const stderr = outputOf(void 0);
		const tooLarge = new AbortController();
		const push = (chunk) => {
			bytes += chunk.length;
			if (bytes > 67108864) tooLarge.abort();
			else chunks.push(chunk);
		};
		const { exitCode } = await run([
			"/bin/sh",
			"-c",
			script,
			"sh",
			workdir,
			resolveInside(workdir, path)
		], {
			stdin,
			timeoutMs: FILE_TIMEOUT_MS,
			signal: tooLarge.signal
		}, {
			out: { push },
			err: stderr
		});
		if (bytes > 67108864) throw new Error(`${path} is larger than the ${FILE_BYTES_MAX$1} bytes that can be read.`);
		if (exitCode === 0) return Buffer.concat(chunks);
		throw new Error(`Could not ${verb} ${JSON.stringify(path)} in the sandbox: ${stderr.end().trim() || "it was stopped"}.`);
	}
	return {
		read: (path) => file(READ, path, "", "read"),
		write: async (path, data) => {
			await file(WRITE, path, data, "write");
		}
	};
}

// ../../app/sandboxes/local-sandbox.ts
/** A local sandbox in use: commands, files, time-to-live and end, all by its record, so from any process of the machine. */
const DESTROY_POLL_MS = 10;
/** A supervisor that did not finish by then is killed and its work done here. */
const SUPERVISOR_MS_MAX = 3e3;
/** Whether the record's supervisor is alive. The id on its command line keeps a reused process id from passing. */
function supervisorLives({ supervisor, id }) {
	if (supervisor === null) return false;
	try {
		if (process.platform === "linux") return readFileSync(`/proc/${supervisor}/cmdline`, "utf8").includes(id);
		return process.kill(supervisor, 0);
	} catch {
		return false;
	}
}
/**
* Ends a sandbox: asks its supervisor, and does the work itself where that is gone or slow. Absent is fine. Resolves
* when processes, folder and record are gone.
*/
async function destroyLocal({ registry, clock }, id) {
	const record = await registry.read(id);
	if (record === null) return;
	if (record.supervisor !== null && supervisorLives(record)) {
		process.kill(record.supervisor, "SIGTERM");
		for (let waitedMs = 0; waitedMs < SUPERVISOR_MS_MAX; waitedMs += DESTROY_POLL_MS) {
			if (await registry.read(id) === null) return;
			if (!supervisorLives(record)) break;
			await clock.delay(DESTROY_POLL_MS);
		}
		if (supervisorLives(record)) process.kill(record.supervisor, "SIGKILL");
	}
	killMarked(`DECKHAND_SANDBOX=${id}`, [], 10);
	removeTree(registry.dirOf(id));
	await registry.remove(id);
}
function localSandbox(context, record) {
	const { registry, clock, wrapping } = context;
	const dir = registry.dirOf(record.id);
	const plain = wrapping.bwrap === null;
	const workdir = plain ? join(dir, "home") : NAMESPACE_HOME;
	const gone = () => /* @__PURE__ */ new Error(`The local sandbox ${record.id} has ended; acquire a new one.`);
	const live = async () => {
		const found = await registry.read(record.id);
		return found !== null && found.endsAt > clock.now() ? found : null;
	};
	const environment = (env = {}) => ({
		PATH: pathInside(wrapping),
		HOME: workdir,
		LANG: "C.UTF-8",
		TMPDIR: plain ? join(dir, "tmp") : "/tmp",
		...record.env,
		...env,
		DECKHAND_SANDBOX: record.id
	});
	async function run(argv, o, sink) {
		if (await live() === null) throw gone();
		const cwd = resolveInside(workdir, o.cwd ?? ".");
		const end = await runLocal({
			argv: wrap(wrapping, {
				dir,
				network: record.network
			}, cwd, argv),
			env: environment(o.env),
			cwd: plain ? workdir : "/",
			uid: record.uid,
			stdin: o.stdin,
			timeoutMs: o.timeoutMs,
			signal: o.signal,
			onStdout: (bytes) => sink.out.push(bytes),
			onStderr: (bytes) => sink.err.push(bytes)
		});
		if ((end.signal !== null || end.code !== null && exitCodeOf(end.code) === null) && !end.timedOut && !end.aborted && await live() === null) throw gone();
		return {
			...end,
			exitCode: end.timedOut || end.aborted || end.code === null ? null : exitCodeOf(end.code)
		};
	}
	const files = localFiles(workdir, run);
	return {
		id: record.id,
		workdir,
		isolation: record.isolation,
		async exec(argv, options = {}) {
			const startedAt = clock.now();
			const [out, err] = [outputOf(options.onStdout), outputOf(options.onStderr)];
			const { exitCode, timedOut, aborted } = await run(argv, options, {
				out,
				err
			});
			const [stdout, stderr] = [out.end(), err.end()];
			return {
				exitCode,
				stdout,
				stderr,
				timedOut,
				aborted,
				durationMs: clock.now() - startedAt
			};
		},
		read: files.read,
		write: files.write,
		async extend(ttlMs) {
			const found = await live();
			if (found === null || !supervisorLives(found)) throw gone();
			await registry.write({
				...found,
				endsAt: clock.now() + ttlMs
			});
			if (found.supervisor !== null) process.kill(found.supervisor, "SIGUSR2");
		},
		destroy: () => destroyLocal(context, record.id),
		[Symbol.asyncDispose]: () => destroyLocal(context, record.id)
	};
}

// ../../app/sandboxes/local.ts
/**
* Sandboxes on the machine that runs the action: a namespace by bubblewrap, or, only when that was asked for in so many
* words, a plain process. For development, the demo, and runners that are thrown away after each Run.
*/
const ADVICE = "install bubblewrap and allow user namespaces, choose another provider, or set SANDBOX_LOCAL_ISOLATION=none";
/** Throws when the folder for local sandboxes cannot be trusted. */
function localProvider(settings, clock = realClock) {
	const registry = openRegistry(settings.localDir);
	let ground;
	const plain = async () => ({ wrapping: await probePlain() });
	const find = () => ground ??= settings.localIsolation === "none" ? plain() : probeNamespace(registry.root);
	return {
		name: "local",
		reach: "runner",
		async check() {
			const found = await find();
			if ("problem" in found) return {
				ok: false,
				isolation: "none",
				detail: `${found.problem}; ${ADVICE}.`
			};
			if (found.wrapping.bwrap !== null) return {
				ok: true,
				isolation: "namespace",
				detail: "bubblewrap works here."
			};
			return {
				ok: true,
				isolation: "none",
				detail: "Commands run as plain processes of this user, not isolated."
			};
		},
		async acquire(spec) {
			if (typeof spec.network === "object") throw new SandboxAcquireError("sandbox_provider_error", "Local sandboxes cannot limit the network to a list of hosts; ask for none or all.");
			return acquired(await race(clock, spec.acquireTimeoutMs, spec.signal, async (late) => {
				const found = await find();
				if ("problem" in found) throw new SandboxAcquireError("sandbox_provider_error", `No local sandbox: ${found.problem}; ${ADVICE}.`);
				const sandbox = await build({
					registry,
					clock,
					wrapping: found.wrapping
				}, spec);
				if (late.aborted) await sandbox.destroy();
				return sandbox;
			}), spec.acquireTimeoutMs);
		},
		async attach(id, ttlMs) {
			const record = await registry.read(id);
			const found = await find();
			if (record === null || record.endsAt <= clock.now() || "problem" in found) return null;
			const sandbox = localSandbox({
				registry,
				clock,
				wrapping: found.wrapping
			}, record);
			if (ttlMs !== void 0) await sandbox.extend(ttlMs);
			return sandbox;
		},
		async *list(owner) {
			for (const record of await registry.all()) {
				if (record.owner !== owner) continue;
				const { id, runId, attemptId } = record;
				yield {
					id,
					owner,
					runId,
					attemptId,
					startedAt: new Date(record.startedAt),
					endsAt: new Date(record.endsAt)
				};
			}
		},
		destroy: (id) => destroyLocal({
			registry,
			clock
		}, id)
	};
}
/** Record first, then folder, then supervisor: whatever dies in between, `destroy` finds and ends it. */
async function build({ registry, clock, wrapping }, spec) {
	const id = `local-${randomBytes(8).toString("hex")}`;
	const { owner, runId, attemptId, env = {} } = spec;
	const startedAt = clock.now();
	const record = {
		id,
		owner,
		runId,
		attemptId,
		env,
		startedAt,
		endsAt: startedAt + spec.ttlMs,
		isolation: wrapping.bwrap === null ? "none" : "namespace",
		network: spec.network === "all" || wrapping.bwrap === null ? "all" : "none",
		uid: wrapping.bwrap === null ? null : dropUid(Math.random),
		supervisor: null
	};
	try {
		await registry.write(record);
		makePlace(registry.dirOf(id), record.uid);
		record.supervisor = (await startSupervisor(registry, record)).pid ?? null;
		await registry.write(record);
	} catch (error) {
		await destroyLocal({
			registry,
			clock
		}, id);
		throw error;
	}
	return localSandbox({
		registry,
		clock,
		wrapping
	}, record);
}
function acquired(made, acquireTimeoutMs) {
	if (made.kind === "value") return made.value;
	if (made.kind === "timeout" || made.kind === "aborted") {
		const why = made.kind === "timeout" ? `was not ready within ${acquireTimeoutMs} ms` : "was called off";
		throw new SandboxAcquireError("sandbox_acquire_timeout", `The local sandbox ${why}.`);
	}
	if (made.error instanceof SandboxAcquireError) throw made.error;
	const message = made.error instanceof Error ? made.error.message : String(made.error);
	const cause = { cause: made.error };
	throw new SandboxAcquireError("sandbox_provider_error", `The local sandbox could not be made: ${message}`, cause);
}

export { localProvider };