import { readFileSync, statSync } from "node:fs";

// src/inputs.ts
/**
* The only reader of action inputs and environment. It is part of the eager start, so it loads nothing but `node:`;
* the payload's schema is loaded after the nonce has been masked.
*/
const EVENT_BYTES_MAX = 1048576;
/** Something about how this action was started is wrong; the message says what, and what to do. */
var InputProblem = class extends Error {
	name = "InputProblem";
};
const passedOn = [
	"http_proxy",
	"https_proxy",
	"no_proxy",
	"HTTPS_PROXY",
	"NO_PROXY",
	"GIT_SSL_CAINFO",
	"SSL_CERT_FILE"
];
/** Reads everything once. An empty variable counts as absent, as Actions sets inputs that were not given to ''. */
function readEnvironment(env = process.env) {
	const get = (name) => env[name]?.trim() || void 0;
	return {
		eventPath: get("GITHUB_EVENT_PATH"),
		eventName: get("GITHUB_EVENT_NAME"),
		oidcUrl: get("ACTIONS_ID_TOKEN_REQUEST_URL"),
		oidcRequestToken: get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		e2bApiKey: get("INPUT_E2B-API-KEY"),
		e2bApiUrl: get("INPUT_E2B-API-URL"),
		e2bSandboxUrl: get("INPUT_E2B-SANDBOX-URL"),
		tempDir: get("RUNNER_TEMP") ?? "/tmp",
		path: env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
		passOn: Object.fromEntries(passedOn.flatMap((name) => env[name] ? [[name, env[name]]] : [])),
		workflowRunId: get("GITHUB_RUN_ID"),
		savedSandbox: get("STATE_sandbox"),
		files: {
			outputFile: get("GITHUB_OUTPUT"),
			stateFile: get("GITHUB_STATE"),
			summaryFile: get("GITHUB_STEP_SUMMARY")
		}
	};
}
/**
* The raw `client_payload` of the event file, not yet validated, and its nonce for masking.
* @throws InputProblem when there is no such file or it is no repository_dispatch.
*/
function readEvent({ eventPath, eventName }) {
	const remedy = "This action is started by the Deckhand app through repository_dispatch; see .github/workflows/deckhand.yml.";
	if (!eventPath) throw new InputProblem(`GITHUB_EVENT_PATH is not set. ${remedy}`);
	if (eventName && eventName !== "repository_dispatch") throw new InputProblem(`The workflow was started by "${eventName}". ${remedy}`);
	const event = parse(eventPath);
	const payload = isRecord(event) ? event.client_payload : void 0;
	if (!isRecord(payload)) throw new InputProblem(`The event has no client_payload. ${remedy}`);
	return {
		payload,
		nonce: typeof payload.nonce === "string" ? payload.nonce : null
	};
}
function parse(eventPath) {
	try {
		if (statSync(eventPath).size > 1048576) throw new Error(`it is larger than ${EVENT_BYTES_MAX} bytes`);
		return JSON.parse(readFileSync(eventPath, "utf8"));
	} catch (error) {
		const why = error instanceof SyntaxError ? "it is not valid JSON" : error.message;
		throw new InputProblem(`The event file cannot be read: ${why}.`);
	}
}
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/**
* Validates the payload and what the runner must provide.
* @throws InputProblem with every problem in one sentence each.
*/
async function checkInputs(environment, raw) {
	const { DispatchPayload } = await import("./executor-DSA3XguQ.js");
	const parsed = DispatchPayload.safeParse(raw);
	if (!parsed.success) {
		const where = parsed.error.issues.map((issue) => `${issue.path.join(".") || "client_payload"}: ${issue.message}`);
		throw new InputProblem(`The dispatch's payload is not one that this version understands (${where.join("; ")}). Pin the workflow to the release that your Deckhand app names.`);
	}
	const payload = parsed.data;
	const { oidcUrl, oidcRequestToken } = environment;
	if (!oidcUrl || !oidcRequestToken) throw new InputProblem("The job may not ask for an OIDC token. Give the calling workflow \"permissions: id-token: write\".");
	return {
		payload,
		appUrl: appUrlOf(payload),
		oidcUrl,
		oidcRequestToken,
		environment
	};
}
function appUrlOf({ callback_url: callbackUrl, run_id: runId }) {
	const url = new URL(callbackUrl);
	const suffix = `/api/runs/${runId}`;
	const plain = url.protocol === "http:" && isLoopback(url.hostname);
	if (url.protocol !== "https:" && !plain) throw new InputProblem("The callback URL must be https (http is accepted on this machine only).");
	if (url.username || url.password || url.search || url.hash || !callbackUrl.endsWith(suffix)) throw new InputProblem(`The callback URL must be the app's address followed by ${suffix}.`);
	return callbackUrl.slice(0, -suffix.length);
}
/** What the sandbox providers need of this job; `isolation` is the app's word for local sandboxes. */
function providerSettings(environment, isolation) {
	const { e2bApiKey, e2bApiUrl, e2bSandboxUrl } = environment;
	return {
		e2bApiKey,
		e2bApiUrl,
		e2bSandboxUrl,
		localIsolation: isolation
	};
}
const isLoopback = (host) => host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

export { readEvent as a, readEnvironment as i, checkInputs as n, providerSettings as r, InputProblem as t };