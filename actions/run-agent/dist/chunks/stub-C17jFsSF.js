import { t as AgentError } from "./agent-B-iUzVn_.js";

// src/agents/stub.ts
/**
* The first agent: it appends one line to README.md and commits it, in steps that people can watch. It calls no model,
* so that whatever goes wrong with it is the platform's fault. A line `stub: <word>` in the instructions makes it
* behave in other ways, for tests and for showing what a Run looks like then:
*
* | instruction         | what it does                                                       |
* |---------------------|--------------------------------------------------------------------|
* | `stub: no-change`   | reads the issue and commits nothing                                |
* | `stub: fail`        | gives up after the first step                                      |
* | `stub: hang`        | a command that ignores every polite signal, until it is killed     |
* | `stub: slow <ms>`   | every step takes this long, at most 10 minutes                     |
* | `stub: edit <path>` | appends the line to this file instead of README.md                 |
*/
const STEPS = [
	"Read the issue",
	"Edit the file",
	"Commit the change"
];
const COMMAND_TIMEOUT_MS = 6e4;
const SLOW_MS_MAX = 6e5;
const DEFAULT_FILE = "README.md";
/** Reads the stub's vocabulary out of the instructions; every other text means nothing to it. */
function stubOrders(instructions) {
	const orders = {
		noChange: false,
		fail: false,
		hang: false,
		slowMs: 0,
		file: DEFAULT_FILE
	};
	for (const line of instructions.split("\n")) {
		const [, word, value] = /^\s*stub: (no-change|fail|hang|slow|edit)(?: (\S{1,200}))?\s*$/.exec(line) ?? [];
		if (word === "no-change") orders.noChange = true;
		if (word === "fail") orders.fail = true;
		if (word === "hang") orders.hang = true;
		if (word === "slow" && /^\d{1,7}$/.test(value ?? "")) orders.slowMs = Math.min(Number(value), SLOW_MS_MAX);
		if (word === "edit" && value) orders.file = value;
	}
	return orders;
}
/** The line that is appended: the same for the same Run, whenever it runs. */
const stubLine = (issueNumber, runId) => `- Worked on by the stub agent: issue #${issueNumber}, Run ${runId}.`;
const stub = {
	name: "stub",
	async run(context) {
		const orders = stubOrders(context.instructions);
		const { issue, runId } = context;
		await step(context, 1, orders, async () => {
			context.log("info", `Issue #${issue.number}: ${issue.title}`);
			await must(context, [
				"git",
				"log",
				"-1",
				"--oneline"
			]);
		});
		if (orders.fail) throw new AgentError("The instructions told the stub agent to fail.", 1);
		if (orders.hang) await hang(context);
		if (orders.noChange) return outcome(context, "Nothing had to be changed.", "Nothing");
		await step(context, 2, orders, () => appendLine(context, orders.file, stubLine(issue.number, runId)));
		await step(context, 3, orders, async () => {
			await must(context, [
				"git",
				"add",
				"--",
				orders.file
			]);
			await must(context, [
				"git",
				"commit",
				"--quiet",
				"--file=-"
			], message(context, orders.file));
		});
		const did = `Appended one line to ${orders.file} that names issue #${issue.number} and the Run.`;
		return outcome(context, did, did);
	}
};
async function step(context, number, orders, work) {
	const title = number === 2 ? `Edit ${orders.file}`.slice(0, 120) : STEPS[number - 1];
	const progress = {
		step: number,
		of: STEPS.length,
		title
	};
	context.progress({
		...progress,
		state: "started"
	});
	try {
		if (orders.slowMs > 0) {
			const seconds = String(orders.slowMs / 1e3);
			await context.exec(["sleep", seconds], {
				signal: context.signal,
				timeoutMs: orders.slowMs + COMMAND_TIMEOUT_MS
			});
		}
		await work();
	} catch (error) {
		context.progress({
			...progress,
			state: "failed"
		});
		throw error;
	}
	context.progress({
		...progress,
		state: "completed"
	});
}
/** The last line of the file may lack its newline, and there may be no file. */
async function appendLine(context, file, line) {
	await must(context, [
		"sh",
		"-c",
		[
			"set -e",
			"case \"$1\" in */*) mkdir -p -- \"$(dirname -- \"$1\")\";; esac",
			"if [ -s \"$1\" ] && [ -n \"$(tail -c 1 -- \"$1\")\" ]; then printf \"\\n\" >> \"$1\"; fi",
			"printf \"%s\\n\" \"$2\" >> \"$1\""
		].join("\n"),
		"sh",
		file,
		line
	]);
}
/** Leaves no way out but SIGKILL: this is what a kill is tried on. */
async function hang(context) {
	context.log("warn", "The stub agent hangs now, as it was told to.");
	await context.exec([
		"sh",
		"-c",
		"trap \"\" TERM INT HUP; while :; do sleep 1; done"
	], {});
	throw new AgentError("The command that was to hang has been ended.");
}
async function must(context, argv, stdin) {
	const options = {
		timeoutMs: COMMAND_TIMEOUT_MS,
		...stdin === void 0 ? {} : { stdin }
	};
	const result = await context.exec(argv, options);
	if (result.exitCode === 0) return result;
	const how = result.timedOut ? "took too long" : `ended with ${result.exitCode ?? "a signal"}`;
	throw new AgentError(`${argv.slice(0, 2).join(" ")} ${how}: ${result.stderr.trim().slice(-300)}`, result.exitCode);
}
/** Imperative and at most 72 characters; the trailers are the app's. */
function message({ issue }, file) {
	const subject = `Append a line to ${file}`;
	return `${subject.length <= 72 ? subject : "Append a line to a file"}\n\nThe line names issue #${issue.number} and the Run that worked on it.\n`;
}
function outcome({ issue }, summary, did) {
	return {
		summary,
		risks: [],
		handoff: {
			goal: `Issue #${issue.number}: ${issue.title}`.slice(0, 1e3),
			did,
			forNextAgent: "The stub agent leaves nothing open."
		}
	};
}

export { stub };