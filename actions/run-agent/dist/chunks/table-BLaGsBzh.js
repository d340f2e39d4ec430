// ../../app/sandboxes/table.ts
const makers = {
	e2b: async (settings) => (await import("./e2b-BkKyTXSU.js")).e2bProvider(settings),
	local: async (settings) => (await import("./local-2hzQB2Kk.js")).localProvider(settings),
	fake: async () => (await import("./fake-CY-l8aSt.js")).fakeProvider()
};
/** Rejects with a sentence that lists the known names when there is no such provider (S001-096). */
async function providerFor(name, settings) {
	if (!Object.hasOwn(makers, name)) {
		const known = Object.keys(makers).join(", ");
		throw new Error(`There is no sandbox provider ${JSON.stringify(name)}; the known ones are ${known}.`);
	}
	return makers[name](settings);
}

export { providerFor };