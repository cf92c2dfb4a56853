/** What the user asked for: the cluster's spec. One shape for cluster.yaml, the database and the engine. */
import { z } from 'zod'
import { ClusterHttps } from './apps/https.ts'
import { AppSpec } from './apps/spec.ts'
import { BackupSpec } from './backup/spec.ts'
import {
  ClusterName,
  HostKeyFingerprint,
  InterfaceName,
  Ipv4,
  Ipv4Network,
  NodeName,
  SqlName,
  UnixUser,
} from './names.ts'
import { PostgresSpec } from './postgres.ts'
import { presets, roles } from './roles.ts'

/** Roles a user places; `base` is on every node and is never written. */
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** Timings as one choice. */
export const Preset = z.enum(Object.keys(presets) as (keyof typeof presets)[])
export type Preset = z.infer<typeof Preset>

export const NodeSpec = z.strictObject({
  name: NodeName,
  address: Ipv4,
  /** Empty: a spare that carries only `base`. */
  roles: z.array(Role).max(4).default([]),
  /** Pinned fingerprint of the node's SSH host key. The dashboard pins it when the node is adopted. */
  hostKey: HostKeyFingerprint.optional(),
  /** Files of the user's own that Bramble may replace (each is kept beside): a configuration of HAProxy, keepalived, … */
  replace: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^\/[\w./@+-]+$/, 'must be the path of a file'),
    )
    .max(32)
    .optional(),
  /** It is on its way out: it carries no roles, nobody names it any more, and its next run takes its keys from it. */
  leaving: z.literal(true).optional(),
})
export type NodeSpec = z.infer<typeof NodeSpec>

export const ClusterSpec = z.strictObject({
  name: ClusterName,
  /** Virtual IP: HTTP on 80 and 443, PostgreSQL read-write on 5000 and read-only on 5001. */
  vip: Ipv4,
  /** VRRP virtual router id; two clusters on one network need different ones. */
  vrid: z.int().min(1).max(255).default(51),
  /** Interface of the VIP; default: the one that carries the node's address. */
  interface: InterfaceName.optional(),
  preset: Preset.default('standard'),
  /** True: a commit waits for a second copy, so that no acknowledged write is lost when the primary dies. */
  synchronous: z.boolean().default(false),
  database: z
    .strictObject({
      name: SqlName.default('app'),
      user: SqlName.default('app'),
      /** Networks whose clients may use ports 5000 and 5001, besides the cluster's own nodes. Absent: all. */
      allowFrom: z.array(Ipv4Network).min(1).max(32).optional(),
    })
    .prefault({}),
  /** Absent: the PostgreSQL of the nodes' Debian. */
  postgres: PostgresSpec.optional(),
  /** Time zone of the nodes. */
  timezone: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/, 'must be a time zone such as Europe/Zurich')
    .default('Etc/UTC'),
  /** How Bramble signs in. Key and password never stand in the spec, only the path of a key file for headless use. */
  ssh: z
    .strictObject({
      user: UnixUser.default('pi'),
      port: z.int().min(1).max(65535).default(22),
      keyFile: z.string().min(1).max(1024).optional(),
    })
    .prefault({}),
  /** `host:port` of an apt cache on the LAN that the nodes share; default: they fetch packages themselves. */
  aptCache: z
    .string()
    .regex(/^[0-9]{1,3}(\.[0-9]{1,3}){3}:[0-9]{1,5}$/, 'must be address:port of an apt cache')
    .optional(),
  /** Absent: no backups are made. */
  backup: BackupSpec.optional(),
  /** Absent: certificates for the domains of apps come from the site authority. */
  https: ClusterHttps.optional(),
  /** Projects of the user's own that the web nodes serve. */
  apps: z.array(AppSpec).max(50).optional(),
  nodes: z.array(NodeSpec).min(1).max(32),
})
export type ClusterSpec = z.infer<typeof ClusterSpec>
