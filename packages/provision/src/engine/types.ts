/** The engine's words: facts are asked, steps are checked, actions are done. Everything here is data or pure. */
import { inspect } from 'node:util'
import type { ClusterSpec, NodeSpec, RotationPhase, TroubleWords } from '@bramble/cluster'
import type { Pulse } from './pulse.ts'

/** Text that refuses to be printed, serialised or put into an argv. It travels on stdin or in a 0600 file. */
export class Secret {
  readonly #text: string
  constructor(text: string) {
    if (text === '') throw new Error('A secret must not be empty')
    this.#text = text
  }
  /** The one way out. Call it where the text leaves for stdin or a file, nowhere else. */
  reveal(): string {
    return this.#text
  }
  toString(): string {
    throw new Error('A secret was about to be printed')
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}

/** A question to a node. It changes nothing. All questions of a plan travel in one exec. */
export type Query =
  /** One file or folder: see FileState. `content` asks for its bytes too (never for secrets); `foreign`: unless it is Bramble's own. */
  | { kind: 'file'; path: string; content?: boolean | 'foreign' }
  /** dpkg's installed and apt's candidate version of each name. */
  | { kind: 'packages'; names: readonly string[] }
  /** systemd's view of a unit, and the stamp of the files it last loaded. */
  | { kind: 'unit'; unit: string }
  /** A read-only command. `as` defaults to root. */
  | { kind: 'command'; argv: readonly string[]; as?: 'root' | 'postgres'; timeout?: number }
  /** One HTTP(S) request from the node to itself or a peer. Paths name certificate files on the node. */
  | {
      kind: 'http'
      url: string
      method?: 'GET' | 'OPTIONS'
      ca?: string
      cert?: string
      key?: string
      timeout?: number
    }
  /** Operating system, memory, disk, clock, addresses: see MachineAnswer. */
  | { kind: 'machine' }
  /** Does any machine answer ARP for this address? `holder` is true when the node itself carries it. */
  | { kind: 'address'; address: string }

export interface Fact<T> {
  /** Same key, same question: asked once per gathering. */
  readonly key: string
  readonly query: Query
  /** Answer of the node's gather script (JSON) to the fact's value. */
  read(answer: unknown): T
}

export interface Facts {
  /** Throws when the step did not name the fact in its `reads`. */
  of<T>(fact: Fact<T>): T
}

export type Verdict = { readonly settled: true } | { readonly settled: false; readonly because: string }
export const settled: Verdict = { settled: true }
export function because(reason: string): Verdict {
  return { settled: false, because: reason }
}

/** A command on a node. It must do no harm when it runs twice. */
export interface RunAction {
  readonly kind: 'run'
  readonly argv: readonly string[]
  readonly as?: 'root' | 'postgres'
  readonly stdin?: string | Secret
  /** True: runs under a transient systemd unit, survives a lost connection and is re-attached (apt, big copies). */
  readonly long?: boolean
  /** Seconds; default 60, long ones 1800. */
  readonly timeout?: number
}

/**
 * A whole file, staged beside its place, validated, then renamed over it. Parent folders are made (0755 root). What was
 * there and was neither Bramble's nor a package's is kept below /var/lib/bramble/kept, once.
 */
export interface PutAction {
  readonly kind: 'put'
  readonly path: string
  /** Text, or bytes where the file is somebody else's text of any encoding. */
  readonly content: string | Buffer | Secret
  /** e.g. 0o644 */
  readonly mode: number
  /** `user:group`; default root:root. */
  readonly owner?: string
  /** The folder is Bramble's own: it gets 0755 root:root. */
  readonly ownFolder?: boolean
  /** Run on the staged copy as root before it goes live; the element `{}` becomes the staged path. */
  readonly validate?: readonly string[]
  /** Units whose loaded-stamp is removed before the file goes live, so that a crash before the reload still shows. */
  readonly loadedBy?: readonly string[]
}

/** Several files that belong together: all are staged and validated before the first one goes live, and then they go at once. */
export interface PutAllAction {
  readonly kind: 'put-all'
  readonly files: readonly PutAction[]
}

/** Records what a unit has loaded, for its `service` step: the digest of its files and its present invocation. */
export interface StampAction {
  readonly kind: 'stamp'
  readonly unit: string
  /** Hex SHA-256. */
  readonly digest: string
}

/**
 * Proves that a key opens the node: Bramble signs in with it alone, over a connection of its own. Trouble `key-refused`
 * with the node's reason, and nothing was changed.
 */
export interface ProveKeyAction {
  readonly kind: 'prove-key'
  readonly user: string
  readonly privateKey: Secret
}

export type Action = RunAction | PutAction | PutAllAction | StampAction | ProveKeyAction

export interface Step {
  /** `role/noun`, unique on a node. */
  readonly id: string
  /** One line for people: "Write /etc/haproxy/haproxy.cfg". */
  readonly title: string
  readonly reads: readonly Fact<unknown>[]
  check(facts: Facts): Verdict
  /** Absent: a gate, which waits until its check holds. */
  readonly apply?: (facts: Facts) => readonly Action[]
  /** Ids of steps of this node: when one of them is to be done, so is this one (a service after its config file). */
  readonly follows?: readonly string[]
  /** Seconds to wait until the check holds after applying, and for a gate to open. Default 20; gates 300. */
  readonly patience?: number
  /** What will be lost, in words. */
  readonly destroys?: string
  /** What stops for a moment when the step is applied. `postgres`: the engine hands the primary over first. */
  readonly disrupts?: { what: 'postgres' | 'etcd' | 'balancer' | 'web' | 'node'; words: string }
  /**
   * A node is worked on up to three times: `first` before any other node is changed, then its roles, and `late` when all
   * nodes have theirs (what it gives away is taken from it only then). Default: with the roles.
   */
  readonly visit?: 'first' | 'late'
  /** Planned because of what it follows, and often found settled then: asked once more before anything is made safe for it. */
  readonly askAgain?: true
  /** What the user can do when the step fails. */
  readonly cure?: string
  /** What the last words of a failed command mean; null: nothing that is known. */
  readonly explain?: (words: string) => { code: string; message: string; cure: string } | null
}

/** Everything a cluster keeps secret, opened. Stored closed by the worker (database) or the command line (0600 file). */
export interface ClusterSecrets {
  /** Bramble's certificate authority for this cluster, PEM. */
  readonly ca: {
    readonly certificate: string
    readonly key: Secret
    /** Whom nodes and clients accept: its certificate, and during a rotation another one's, too. */
    readonly trusted: string
  }
  /** Leaf certificate of each node, PEM: server and client, names: node name, address, VIP, localhost. */
  readonly leaf: Readonly<Record<string, { readonly certificate: string; readonly key: Secret }>>
  /** Whom devices are told to trust for certificates on port 443, PEM. Its key never leaves Bramble. */
  readonly siteAuthority: { readonly certificate: string; readonly key: Secret }
  /** With which balancers encrypt the keys that lie in etcd. */
  readonly siteStore: Secret
  /** What signs those certificates on each balancer, PEM. */
  readonly siteIssuer: Readonly<Record<string, { readonly certificate: string; readonly key: Secret }>>
  /** Bramble's own SSH key for the cluster's nodes, OpenSSH format. */
  readonly ssh: {
    readonly publicKey: string
    readonly privateKey: Secret
    /** During a rotation: the private key of before, which nodes may know only yet. */
    readonly formerKey: Secret | null
    /** Public keys of before, which no node may accept. */
    readonly revokedKeys: readonly string[]
  }
  /** A rotation that has begun and not ended. `application`: it replaces that password, too. */
  readonly rotation: { readonly phase: RotationPhase; readonly application: boolean } | null
  /** What named the asking for the newest rotation; null: there was none. */
  readonly lastRotation: string | null
  readonly superuser: Secret
  readonly replication: Secret
  readonly rewind: Secret
  /** Password of `spec.database.user`. */
  readonly application: Secret
  /** Basic-auth password of Patroni's REST API (user `bramble`). */
  readonly restApi: Secret
  /** VRRP password, 8 characters. */
  readonly vrrp: Secret
  /** HAProxy statistics page (user `bramble`). */
  readonly statistics: Secret
  readonly backup: {
    /** Of the repository. */
    readonly passphrase: Secret
    /** The key with which the nodes sign in to an SFTP server, OpenSSH format. */
    readonly ssh: { readonly publicKey: string; readonly privateKey: Secret }
    /** Of a bucket, as a person gave them; null: none. */
    readonly s3: { readonly key: Secret; readonly secret: Secret } | null
  }
}

export interface RoleContext {
  /** Without the nodes that leave. */
  readonly spec: ClusterSpec
  readonly node: NodeSpec
  readonly secrets: ClusterSecrets
  /** How the cluster looked when it was asked; absent while it is not known. No step may read other facts because of it. */
  readonly pulse?: Pulse
}

/** A role: its steps in order for one node, computed from the spec alone; what depends on the node asks facts. */
export interface RoleDefinition {
  readonly name: 'base' | 'backup' | 'etcd' | 'postgres' | 'balancer' | 'web' | 'apps'
  steps(context: RoleContext): readonly Step[]
}

/** A failure with a stable code, what happened and what to do next; reaches the screen as these sentences. */
export class Trouble extends Error {
  readonly code: string
  readonly cure: string
  constructor(code: string, message: string, cure: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Trouble'
    this.code = code
    this.cure = cure
  }
}

/** What an error says that carries its cure. Anything else is a fault of Bramble itself, told with `fault` and `cure`. */
export function troubleWords(error: unknown, fault: string, cure: string): TroubleWords {
  if (error instanceof Error && 'cure' in error && 'code' in error) {
    const { code, message, cure: own } = error as Trouble
    return { code, message, cure: own }
  }
  return { code: 'fault', message: `${fault}: ${error instanceof Error ? error.message : String(error)}`, cure }
}
