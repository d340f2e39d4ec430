// src/redact.ts
/**
* Takes the secrets that this job knows out of every text that leaves it, in the encodings in which they are usually
* carried away (trust.md row 28). Masks of the runner cover its own log only; callbacks and logs go another way.
*/
const REDACTED = "***";
/** Shorter values would blot out ordinary text. */
const SECRET_CHARS_MIN = 8;
function redactor() {
	const needles = /* @__PURE__ */ new Set();
	let ordered = [];
	return {
		add(secret) {
			if (secret.length < SECRET_CHARS_MIN) return;
			for (const form of formsOf(secret)) needles.add(form);
			ordered = [...needles].sort((a, b) => b.length - a.length);
		},
		redact: (text) => ordered.reduce((out, needle) => out.replaceAll(needle, "***"), text)
	};
}
/** The value itself, base64 and base64url at each of the three alignments, hex, URI-encoded, JSON-escaped, reversed. */
function formsOf(secret) {
	const bytes = Buffer.from(secret);
	const hex = bytes.toString("hex");
	return [
		secret,
		...[
			0,
			1,
			2
		].flatMap((shift) => {
			const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
			const from = shift === 0 ? 0 : shift + 1;
			const to = Math.floor(shifted.length * 8 / 6);
			return [shifted.toString("base64").slice(from, to), shifted.toString("base64url").slice(from, to)];
		}),
		hex,
		hex.toUpperCase(),
		encodeURIComponent(secret),
		JSON.stringify(secret).slice(1, -1),
		Array.from(secret).toReversed().join("")
	].filter((form) => form.length >= SECRET_CHARS_MIN);
}

export { REDACTED, redactor };