import { n as OUTPUT_BYTES_MAX } from "./provider-Du9z66wa.js";
import { posix } from "node:path";

// ../../app/sandboxes/paths.ts
/** Paths inside a sandbox: relative to its workdir or absolute beneath it, and nothing else. */
/**
* The absolute path in the sandbox. Throws when it leads out of the workdir by its wording alone; links are the
* business of the provider, which knows where the file system lives.
*/
function resolveInside(workdir, path) {
	if (path.includes("\0")) throw new Error("A path in a sandbox must not hold a NUL byte.");
	const absolute = posix.resolve(workdir, path);
	if (absolute !== workdir && !absolute.startsWith(workdir === "/" ? "/" : `${workdir}/`)) throw new Error(`The path ${JSON.stringify(path)} leads out of the sandbox's workdir; give one beneath ${workdir}.`);
	return absolute;
}
/** One word of a POSIX shell command. */
function shellQuote(word) {
	return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

// ../../app/sandboxes/output.ts
/**
* What a command printed: every text goes to the listener as it comes, and the last bytes are kept for the result, so
* that a command that prints without end costs no more memory than one that prints a megabyte.
*/
/** A listener that throws is not called again: its error must not end the command. */
function outputOf(listener, bytesMax = OUTPUT_BYTES_MAX) {
	const decoder = new TextDecoder();
	let listening = listener !== void 0;
	let chunks = [];
	let length = 0;
	const tell = (text) => {
		if (!listening || text === "") return;
		try {
			listener?.(text);
		} catch {
			listening = false;
		}
	};
	const compact = () => {
		const tail = Buffer.concat(chunks).subarray(-bytesMax);
		chunks = [tail];
		length = tail.length;
	};
	return {
		push(bytes) {
			tell(decoder.decode(bytes, { stream: true }));
			chunks.push(bytes);
			length += bytes.length;
			if (length > 2 * bytesMax) compact();
		},
		end() {
			tell(decoder.decode());
			compact();
			return textOf(chunks[0] ?? /* @__PURE__ */ new Uint8Array());
		}
	};
}
/** Decodes a tail that may begin inside a character: the broken first bytes are dropped. */
function textOf(bytes) {
	let start = 0;
	while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 192) === 128) start++;
	return new TextDecoder().decode(bytes.subarray(start));
}
/** Shells and bubblewrap report the end by signal n as 128 + n; the contract calls that "no exit code". */
function exitCodeOf(status) {
	return status > 128 && status <= 192 ? null : status;
}

export { shellQuote as i, outputOf as n, resolveInside as r, exitCodeOf as t };