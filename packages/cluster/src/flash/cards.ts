/** Words of flashing: cards in readers, images, stations, and what is asked of them. */
import { z } from 'zod'
import { HostKeyFingerprint, Ipv4, NodeName } from '../names.ts'

/** A card at the moment it was looked at. The same path with any other value here is another card. */
export const CardIdentity = z.strictObject({
  path: z.string().regex(/^\/dev\/[A-Za-z0-9][A-Za-z0-9/_.-]{0,120}$/, 'must be a device such as /dev/sdb'),
  /** Bytes. */
  size: z.int().min(0),
  /** Serial number of the card or of its reader; null when it tells none. */
  serial: z.string().max(200).nullable(),
  /** Card identification register of an SD card in a built-in reader, 32 hex digits. */
  cid: z.string().max(64).nullable(),
  /** Linux counts every insertion of a medium: another number, another insertion. */
  diskseq: z.string().max(32).nullable(),
})
export type CardIdentity = z.infer<typeof CardIdentity>

export const CardContents = z.strictObject({
  kind: z.enum(['blank', 'bramble', 'raspberry-pi-os', 'other', 'unknown']),
  /** For people: `Bramble node pi-3 of garden: postgres, web` or `Raspberry Pi OS` or `FAT "CAMERA", 32 GB`. */
  words: z.string().max(400),
  /** Set when Bramble wrote the card. */
  node: z.string().max(63).optional(),
  cluster: z.string().max(63).optional(),
  roles: z.array(z.string().max(20)).max(8).optional(),
})
export type CardContents = z.infer<typeof CardContents>

/** A block device of a station as the page shows it. */
export const Card = z.strictObject({
  identity: CardIdentity,
  vendor: z.string().max(100),
  model: z.string().max(100),
  bus: z.enum(['mmc', 'usb', 'nvme', 'sata', 'virtual', 'other']),
  removable: z.boolean(),
  contents: CardContents,
  /**
   * `offered`: a card as cards are. `explicit`: a fixed disk, only after its own switch is turned on.
   * `never`: `reason` says why, e.g. "the system runs from it".
   */
  offer: z.enum(['offered', 'explicit', 'never']),
  reason: z.string().max(400),
})
export type Card = z.infer<typeof Card>

/** A card that holds anything is erased only after its node's name was typed. */
export const holdsData = (card: Card): boolean => card.contents.kind !== 'blank'

/** A network of a station: where the Pis of a new cluster can live, and be found. */
export const StationNetwork = z.strictObject({
  interface: z.string().max(64),
  /** The station's own address there: Pis call it when they boot. */
  address: Ipv4,
  prefix: z.int().min(8).max(30),
  gateway: Ipv4.nullable(),
  /** True: virtual Pis of `bramble lab` live there. */
  lab: z.boolean(),
})
export type StationNetwork = z.infer<typeof StationNetwork>

/** Something a station lacks to do its work, with the cure. */
export const StationLack = z.strictObject({ what: z.string(), cure: z.string() })
export type StationLack = z.infer<typeof StationLack>

/** What is wrong, stable code first, and what to do. The shape that crosses every border. */
export const TroubleWords = z.strictObject({ code: z.string(), message: z.string(), cure: z.string() })
export type TroubleWords = z.infer<typeof TroubleWords>

/** The path of an image on a station. Other names are not asked for: the answer would tell which files root has. */
export const imagePath = /^\/.*\.(img|iso|raw|wic|xz|gz|zst|zip)$/i

/** Where an image comes from. `upload` names a file below the data folder that the dashboard wrote. */
export const ImageSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('url'),
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2000),
    /** SHA-256 of the download (as published beside it) and of the image itself. */
    downloadSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .optional(),
    contentSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** Bytes, when published. */
    downloadSize: z.int().min(1).optional(),
    contentSize: z.int().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('file'), path: z.string().min(1).max(1024) }),
  z.strictObject({
    kind: z.literal('upload'),
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/, 'must be a file name'),
    /** SHA-256 of the file and its bytes, as they arrived; absent for what earlier versions took. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    size: z.int().min(1).optional(),
  }),
])
export type ImageSource = z.infer<typeof ImageSource>

/** How an image takes its first settings; found by looking into it. */
export const FirstBoot = z.enum(['cloud-init', 'firstrun', 'unknown'])
export type FirstBoot = z.infer<typeof FirstBoot>

export const ImageState = z.enum(['missing', 'queued', 'downloading', 'unpacking', 'checking', 'ready', 'failed'])
export type ImageState = z.infer<typeof ImageState>

/** Known when the image was unpacked once. */
export const ImageFacts = z.strictObject({
  /** Bytes of the unpacked image. */
  size: z.int(),
  sha256: z.string(),
  firstBoot: FirstBoot,
  /** `Raspberry Pi OS (trixie)`; empty when it does not say. */
  os: z.string(),
  /** Bytes that hold data; the rest is empty. */
  data: z.int(),
})
export type ImageFacts = z.infer<typeof ImageFacts>

const printable = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain line breaks or control characters')

export const Wifi = z.strictObject({
  /** 1 to 32 bytes of UTF-8. */
  ssid: printable(32)
    .min(1)
    .refine((text) => new TextEncoder().encode(text).length <= 32, 'must be 32 bytes at most'),
  /** WPA passphrase, 8 to 63 printable ASCII characters as the standard says. */
  password: z.string().regex(/^[\x20-\x7e]{8,63}$/, 'must be 8 to 63 plain characters (letters, digits, symbols)'),
  /** ISO 3166 code: which channels are allowed. */
  country: z.string().regex(/^[A-Z]{2}$/, 'must be a country code such as US'),
})
export type Wifi = z.infer<typeof Wifi>

/** What is the same on every card of one flash. The Wi-Fi password travels apart from it, sealed. */
export const FlashSettings = z.strictObject({
  /** `static`: the node's address from the spec is written to the card. `dhcp`: the router gives one; the Pi is found by its key. */
  network: z.enum(['static', 'dhcp']).default('static'),
  prefix: z.int().min(8).max(30).default(24),
  gateway: Ipv4.nullable().default(null),
  dns: z.array(Ipv4).max(3).default([]),
  locale: z
    .string()
    .regex(/^[a-z]{2,3}_[A-Z]{2}\.UTF-8$/, 'must be a locale such as en_US.UTF-8')
    .default('en_GB.UTF-8'),
  keyboard: z
    .string()
    .regex(/^[a-z]{2,10}$/, 'must be a keyboard layout such as us, gb, ch')
    .default('us'),
  /** Write and read samples all over the card first: finds cards that are smaller than they say. */
  probeCapacity: z.boolean().default(true),
})
export type FlashSettings = z.infer<typeof FlashSettings>

/** Which card becomes which node. */
export const FlashAssignment = z.strictObject({
  node: NodeName,
  card: CardIdentity,
  /** The fixed disk's own switch was turned on. */
  fixedDisk: z.boolean().default(false),
})
export type FlashAssignment = z.infer<typeof FlashAssignment>

/** One flash: some cards of one station. */
export const FlashRequest = z.strictObject({
  station: z.string().min(1).max(100),
  image: z.uuid(),
  cards: z.array(FlashAssignment).min(1).max(32),
  settings: FlashSettings,
})
export type FlashRequest = z.infer<typeof FlashRequest>

/** What is done in the reader, in this order; while a card stands at one of these it is the run's. */
export const readerPhases = [
  'waiting',
  'image',
  'opening',
  'probing',
  'customising',
  'writing',
  'verifying',
  'ejecting',
] as const

/** Where the card of a node stands. `booting`, `online`: after it left the reader. */
export const FlashPhase = z.enum([...readerPhases, 'written', 'booting', 'online', 'failed', 'cancelled'])
export type FlashPhase = z.infer<typeof FlashPhase>

export const FlashProgress = z.object({
  phase: FlashPhase,
  /** Bytes of this phase. */
  done: z.int(),
  total: z.int(),
  /** Bytes a second over the last seconds. */
  rate: z.number(),
  /** Seconds; null while nothing is known. */
  left: z.number().nullable(),
})
export type FlashProgress = z.infer<typeof FlashProgress>

/** What the worker learned about one card; kept for ever and shown before the card is erased again. */
export const CardReport = z.object({
  identity: CardIdentity,
  vendor: z.string(),
  model: z.string(),
  /** What was on it. */
  before: CardContents,
  /** Bytes that were written and read back. */
  written: z.int(),
  verified: z.int(),
  writeSeconds: z.number(),
  verifySeconds: z.number(),
  /** Byte ranges that read back otherwise. */
  badRanges: z.array(z.object({ offset: z.int(), length: z.int() })),
  hostKey: HostKeyFingerprint.nullable(),
})
export type CardReport = z.infer<typeof CardReport>
