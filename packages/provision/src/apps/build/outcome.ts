/** How a build ended on its node, and what to do about it. */
import { z } from 'zod'
import { Trouble } from '../../engine/types.ts'

export const BuildOutcome = z.object({
  result: z.enum([
    'done',
    'memory',
    'time',
    'disk',
    'size',
    'failed',
    'cancelled',
    'image',
    'image-architecture',
    'image-command',
  ]),
  words: z.string(),
})
export type BuildOutcome = z.infer<typeof BuildOutcome>

/** `last`: lines of its log. */
export function buildTrouble({ result, words }: BuildOutcome, last: readonly string[], kind: string): Trouble {
  const prebuilt = 'Build the app on your own computer and upload it with its result and an empty "build"'
  switch (result) {
    case 'memory':
      return new Trouble('build-memory', words, `${prebuilt}, or add a node with more memory.`)
    case 'time':
      return new Trouble('build-time', words, `${prebuilt}, or check the log for what takes so long.`)
    case 'disk':
      return new Trouble('build-disk', words, `Free some space on the node. ${prebuilt} if that is not enough.`)
    case 'size':
      return new Trouble(
        'build-too-large',
        words,
        'Let the last build command remove what the app does not need to run.',
      )
    case 'image':
      return new Trouble('build-image', words, 'Build the image again, and check it with "docker inspect".')
    case 'image-architecture':
      return new Trouble(
        'build-image',
        words,
        'Build the image for the nodes: docker build --platform linux/arm64, or linux/amd64.',
      )
    case 'image-command':
      return new Trouble('build-image', words, 'Set "web" under "processes" of the app to the command that starts it.')
    default: {
      const lines = last.filter((line) => line.trim() && line !== words && !line.startsWith('$ '))
      return new Trouble(
        'build-failed',
        `${words}${lines.length > 0 ? `\n${lines.slice(-8).join('\n').slice(-1500)}` : ''}`,
        (kind === 'image' ? imageCure(lines.join('\n')) : null) ??
          'Correct the app, or its build commands, and deploy it again. The log has all lines.',
      )
    }
  }
}

/** What skopeo prints, by its cause. */
const imageCures: readonly (readonly [RegExp, string])[] = [
  [
    /no image found in (?:manifest list|image index)|no matching manifest/,
    'Build the image for the architecture of the nodes: docker buildx build --platform linux/arm64,linux/amd64.',
  ],
  [/manifest unknown|name unknown|not found|repository .* not exist/i, 'Check the name and the tag of the image.'],
  [
    /unauthorized|authentication required|access to the resource is denied|denied:|invalid username/i,
    'Check the name of the image, and give a user and a password or token that may read it.',
  ],
  [
    /certificate signed by unknown authority|x509:/,
    "Give the certificate of the registry's own authority, and check that it names this host.",
  ],
  [
    /server gave HTTP response to HTTPS client/,
    'Let the registry serve HTTPS: passwords and images do not travel unencrypted.',
  ],
  [
    /no such host|connection refused|i\/o timeout|network is unreachable/,
    'Check the name of the registry, and that the nodes can reach it.',
  ],
  [/toomanyrequests|rate limit/i, 'Wait, or give a user and a token: the registry limits anonymous pulls.'],
  [/no space left on device/, 'Free some space on the node.'],
]

const imageCure = (lines: string): string | null => imageCures.find(([pattern]) => pattern.test(lines))?.[1] ?? null
