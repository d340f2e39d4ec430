import { t as runnerCommands } from "./chunks/commands-bqOyWxaZ.js";
import { a as readEvent, i as readEnvironment, n as checkInputs, t as InputProblem } from "./chunks/inputs-DeuqnWRC.js";

// src/index.ts
/**
* Where the runner starts. Only what stands here is loaded eagerly: the nonce is masked before anything else happens,
* and a job that was started in a wrong way is told so before a library is loaded.
*/
const EXIT_REFUSED = 2;
const EXIT_RETRYABLE = 75;
async function start() {
	const environment = readEnvironment();
	const commands = runnerCommands((text) => void process.stdout.write(text), environment.files);
	try {
		const { payload, nonce } = readEvent(environment);
		if (nonce) commands.mask(nonce);
		const inputs = await checkInputs(environment, payload);
		const [{ main }, { redactor }, { defaultTiming }] = await Promise.all([
			import("./chunks/main-DmHgXZhc.js"),
			import("./chunks/redact-DUxB6bMr.js"),
			import("./chunks/timing-C3yJQK5M.js")
		]);
		return await main({
			inputs,
			commands,
			redactor: redactor(),
			timing: defaultTiming,
			providerFor: async (name, settings) => (await import("./chunks/table-BLaGsBzh.js")).providerFor(name, settings),
			agentFor: async (name) => (await import("./chunks/table-C59GQruI.js")).agentFor(name),
			onStopSignal
		});
	} catch (error) {
		if (error instanceof InputProblem) {
			commands.error("This job was not started by Deckhand", error.message);
			return EXIT_REFUSED;
		}
		const { name, stack = "" } = error;
		const place = /\(?([^\s(]+:\d+:\d+)\)?/.exec(stack)?.[1] ?? "an unknown place";
		commands.error("The action broke", `${name} at ${place}. This is a fault of the action; please report it.`);
		return EXIT_RETRYABLE;
	}
}
/** Actions cancels with SIGINT, SIGTERM 7.5 s later, and SIGKILL 2.5 s after that. */
function onStopSignal(listener) {
	const signals = ["SIGINT", "SIGTERM"];
	for (const signal of signals) process.on(signal, listener);
	return () => {
		for (const signal of signals) process.off(signal, listener);
	};
}
const exitCode = await start();
process.stdout.write("", () => process.exit(exitCode));

export {  };