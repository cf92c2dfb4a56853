/** Runs in the browser before anything else. */

// Zod would try whether it may compile code, and the page's own Content Security Policy would report that. It looks here
// when it is loaded; most pages never load it.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })

export {}
