// ../../app/sandboxes/table.ts
const makers = {
	e2b: async (settings) => (await import("./e2b-D745-8x-.js")).e2bProvider(settings),
	local: async (settings) => (await import("./local-Bo5e6CkQ.js")).localProvider(settings),
	fake: async () => (await import("./fake-D6WRNc7_.js")).fakeProvider()
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