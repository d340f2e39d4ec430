import { t as runnerCommands } from "./chunks/commands-bqOyWxaZ.js";
import { i as readEnvironment, r as providerSettings } from "./chunks/inputs-DeuqnWRC.js";

// src/post.ts
const DESTROY_TRIES_MAX = 3;
async function destroySaved(environment, { provider: name, id, isolation }) {
	const { providerFor } = await import("./chunks/table-BLaGsBzh.js");
	const provider = await providerFor(name, providerSettings(environment, isolation));
	for (let tries = 1;; tries++) try {
		return await provider.destroy(id);
	} catch (error) {
		if (tries >= DESTROY_TRIES_MAX) throw error;
	}
}
const environment = readEnvironment();
const commands = runnerCommands((text) => void process.stdout.write(text), environment.files);
if (environment.savedSandbox) {
	const saved = JSON.parse(environment.savedSandbox);
	try {
		await destroySaved(environment, saved);
		commands.notice("Sandbox removed", `The sandbox ${saved.id} was still there after the job; it is gone now.`);
	} catch {
		commands.warning("The sandbox could not be removed", `${saved.id} ends with its lifetime; the app reaps it too.`);
	}
}
process.stdout.write("", () => process.exit(0));

export {  };