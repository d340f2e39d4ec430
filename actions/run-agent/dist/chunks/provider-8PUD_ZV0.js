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

export { OUTPUT_BYTES_MAX as n, SandboxAcquireError as r, FILE_BYTES_MAX as t };