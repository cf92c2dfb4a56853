/** cluster.yaml: text in, spec out, or findings with the line each of them is about. */
import { type ClusterSpec, ClusterSpec as Schema } from './spec.ts'
import { type Finding, reviewSpec } from './topology.ts'
import { checkYaml } from './yaml-file.ts'

export interface LocatedFinding extends Finding {
  /** 1-based line in the file. */
  line: number
}

export type ParsedFile = { spec: ClusterSpec; findings: LocatedFinding[] } | { spec: null; findings: LocatedFinding[] }

/** Reads cluster.yaml. Unknown keys, wrong values and broken rules are findings of level `error`; then `spec` is null. */
export function parseClusterFile(text: string): ParsedFile {
  const checked = checkYaml(text, Schema, 'docs/cluster-file.md')
  if (!checked.value) return { spec: null, findings: checked.findings }
  const { value: spec, lineOf } = checked
  const findings = reviewSpec(spec).map((entry) => ({ ...entry, line: lineOf(entry.path) }))
  return findings.some((entry) => entry.level === 'error') ? { spec: null, findings } : { spec, findings }
}
