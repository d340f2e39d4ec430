// src/agents/agent.ts
/** The agent gave up, with a reason for people. */
var AgentError = class extends Error {
	name = "AgentError";
	exitCode;
	constructor(message, exitCode = null) {
		super(message);
		this.exitCode = exitCode;
	}
};

export { AgentError as t };