import { z } from 'zod'

/** What a form must hold to become an account; the messages are for the person who fills it in. */
export const NewAccount = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'Enter a name.')
    .max(80, 'The name is too long: 80 characters at most.')
    .refine((text) => !/\p{Cc}/u.test(text), 'The name contains a control character: remove it.'),
  email: z.email('This is not an email address.').max(254).toLowerCase(),
  password: z
    .string()
    .min(12, 'The password is too short: 12 characters or more.')
    .max(128, 'The password is too long: 128 characters at most.')
    .refine((text) => new Set(text).size >= 5, 'The password repeats too few characters: use a short sentence.'),
})
