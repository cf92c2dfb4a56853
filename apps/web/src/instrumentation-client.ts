/** Runs in the browser before anything else. */
import { config } from 'zod/v4/core'

// Zod would try whether it may compile code, and the page's own Content Security Policy would report that.
config({ jitless: true })
