/** What a station on another machine and its Bramble say to each other, over HTTP and in JSON. */
import { z } from 'zod'
import { HostKeyFingerprint, NodeName } from '../names.ts'
import { printable } from '../printable.ts'
import { ClusterSpec } from '../spec.ts'
import {
  Card,
  CardIdentity,
  CardReport,
  FlashProgress,
  FlashRequest,
  ImageFacts,
  ImageSource,
  ImageState,
  readerPhases,
  StationNetwork,
  Wifi,
} from './cards.ts'

export const StationName = z
  .string()
  .trim()
  .min(1, 'Enter a name for the station.')
  .max(60, 'The name is too long: 60 characters at most.')
  .regex(
    /^[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u,
    'The name contains a character that cannot be displayed.',
  )

/** A station may be run by somebody else: what it says is short, and holds no control characters. */
const words = (max: number) => z.string().max(max).transform(printable)
const Trouble = z.strictObject({ code: z.string().regex(/^[a-z0-9-]{1,60}$/), message: words(2000), cure: words(2000) })
const bytes = z.int().min(0)
const seconds = z.number().min(0).max(1e7)

/** A flash that the station holds; `fence` as the claim returned it. */
const Lease = z.strictObject({ run: z.uuid(), fence: z.int().min(1) })
const Phase = z.enum(readerPhases)
const Step = z.string().regex(/^flash\/[a-z]{1,20}$/)
const cards = 32

const Progress = z.strictObject({ ...FlashProgress.shape, phase: Phase, done: bytes, total: bytes })
const Report = z.strictObject({
  ...CardReport.shape,
  identity: CardIdentity,
  vendor: words(100),
  model: words(100),
  badRanges: z.array(z.strictObject({ offset: bytes, length: bytes })).max(200),
})
const Line = z.strictObject({
  at: z.coerce.date(),
  node: NodeName.nullable(),
  step: Step.nullable(),
  stream: z.enum(['stdout', 'stderr', 'bramble']),
  text: words(4000),
})
const StepChange = z.strictObject({
  node: NodeName,
  step: Step,
  title: words(200).nullable(),
  status: z.enum(['running', 'waiting', 'done', 'changed', 'failed']),
  because: words(400).nullable(),
  seconds: seconds.nullable(),
  error: Trouble.nullable(),
})
const Outcome = z.strictObject({
  status: z.enum(['succeeded', 'partial', 'failed', 'cancelled']),
  changed: z.int().min(0).max(cards),
  seconds,
  message: words(8000),
  nodes: z
    .array(
      z.strictObject({
        node: NodeName,
        outcome: z.string().regex(/^[a-z]{1,20}$/),
        changed: z.int().min(0).max(1),
        message: words(4000),
      }),
    )
    .max(cards),
})

const calls = {
  /** What is in its readers now. */
  announce: {
    cards: z.array(Card).max(64),
    networks: z.array(StationNetwork).max(32),
    lacks: z.array(z.strictObject({ what: words(400), cure: words(400) })).max(16),
  },
  /** It ends. */
  dismiss: {},
  /** Waits up to 20 s until there is something to do that is not in `known`. Answers StationWork[]. */
  next: { known: z.array(z.string().max(120)).max(200) },
  /** Answers ClaimedFlashAnswer. */
  claim: { run: z.uuid() },
  /** Answers { cancelRequested }. */
  renew: { lease: Lease },
  journal: { lease: Lease, lines: z.array(Line).max(500), steps: z.array(StepChange).max(250) },
  phase: { lease: Lease, card: z.uuid(), phase: Phase },
  progress: {
    lease: Lease,
    cards: z.array(z.strictObject({ card: z.uuid(), progress: Progress })).max(cards),
  },
  key: {
    lease: Lease,
    card: z.uuid(),
    publicLine: z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]{68}( [\x21-\x7e]{1,100})?$/),
    fingerprint: HostKeyFingerprint,
  },
  'end-card': {
    lease: Lease,
    card: z.uuid(),
    outcome: z.enum(['written', 'failed', 'cancelled']),
    report: Report.nullable(),
    trouble: Trouble.nullable(),
  },
  /** `rest`: what is said of cards that have no end yet. */
  end: {
    lease: Lease,
    end: z.strictObject({
      status: Outcome.shape.status,
      outcome: Outcome.nullable(),
      trouble: Trouble.nullable(),
    }),
    rest: z.strictObject({ trouble: Trouble, cancelled: z.boolean() }),
  },
  /** Answers ImageWorkAnswer. */
  'image-claim': { image: z.uuid() },
  'image-progress': {
    image: z.uuid(),
    state: z.enum(['downloading', 'unpacking', 'checking']),
    done: z.number().min(0).max(1e15),
    total: z.number().min(0).max(1e15).nullable(),
  },
  'image-ready': {
    image: z.uuid(),
    facts: z.strictObject({
      ...ImageFacts.shape,
      size: bytes,
      data: bytes,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      os: words(100),
    }),
    bytesOnDisk: bytes,
  },
  'image-failed': { image: z.uuid(), trouble: Trouble },
  'image-forget': { image: z.uuid() },
  /** The copies on its disk. */
  'images-present': { present: z.array(z.strictObject({ id: z.uuid(), bytes })).max(200) },
} as const

type Calls = typeof calls
export type StationVerb = keyof Calls
export type StationArguments<V extends StationVerb> = z.input<z.ZodObject<Calls[V]>>

/** One call. `instance` names the process: what one holds, another of the same station does not. */
const call = <V extends StationVerb>(verb: V) =>
  z.strictObject({ verb: z.literal(verb), instance: z.string().regex(/^[A-Za-z0-9-]{1,60}$/), ...calls[verb] })

export const StationCall = z.discriminatedUnion('verb', [
  call('announce'),
  call('dismiss'),
  call('next'),
  call('claim'),
  call('renew'),
  call('journal'),
  call('phase'),
  call('progress'),
  call('key'),
  call('end-card'),
  call('end'),
  call('image-claim'),
  call('image-progress'),
  call('image-ready'),
  call('image-failed'),
  call('image-forget'),
  call('images-present'),
])
export type StationCall = z.infer<typeof StationCall>

/** Something to do. `tag` names it in the state it is in; the station gives it back as `known` while it has it in hand. */
export const StationWork = z.array(
  z.object({ tag: z.string(), kind: z.enum(['flash', 'cancel', 'image']), id: z.uuid() }),
)
export type StationWork = z.infer<typeof StationWork>

/** What of a cluster goes onto its cards. */
export const FlashCluster = ClusterSpec.pick({ name: true, nodes: true, timezone: true, ssh: true })
export type FlashCluster = z.infer<typeof FlashCluster>

/** The secret part, encrypted for one station and one flash. */
export const FlashKit = z.strictObject({
  /** Public line of the key that signs in to the nodes. */
  authorizedKey: z.string(),
  wifi: Wifi.nullable(),
  /** Base URLs that the Pi of a node calls when it boots. */
  callHome: z.record(NodeName, z.array(z.string())),
})
export type FlashKit = z.infer<typeof FlashKit>

/** Null: there is nothing to claim. `kit`: a FlashKit encrypted with `sealFor` for `flash-kit/<run>`, in base64. */
export const ClaimedFlashAnswer = z
  .object({
    lease: Lease,
    flash: FlashRequest,
    cluster: FlashCluster,
    cards: z.array(
      z.object({ card: z.uuid(), node: NodeName, identity: CardIdentity, image: z.uuid(), wifi: z.boolean() }),
    ),
    kit: z.base64(),
  })
  .nullable()
export type ClaimedFlashAnswer = z.infer<typeof ClaimedFlashAnswer>

export const flashKitPlace = (run: string): string => `flash-kit/${run}`

/** Null: nothing is to be done with the copy. */
export const ImageWorkAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    source: ImageSource,
    wanted: z.boolean(),
    state: ImageState,
    gone: z.boolean(),
  })
  .nullable()

/** What a machine sends to become a station, with its one-time code as bearer: its X25519 public key in base64. */
export const StationJoin = z.strictObject({ publicKey: z.base64().length(44) })
export const StationJoined = z.object({ station: z.string(), name: z.string(), token: z.string() })
