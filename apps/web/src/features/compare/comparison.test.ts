import { specOf } from '@bramble/cluster/specimen'
import { describe, expect, it } from 'vitest'
import { type Comparison, comparisonOf, withComparison, withMeasure } from './comparison.ts'

const spec = specOf(4)
const parsed = (query: string) => comparisonOf(new URLSearchParams(query), spec)

describe('what is compared, in the address', () => {
  it('is the processor of all Pis, unless it says otherwise', () => {
    expect(parsed('')).toEqual({
      kind: 'node',
      name: '',
      metric: 'cpu',
      nodes: ['pi-1', 'pi-2', 'pi-3', 'pi-4'],
      view: 'overlay',
      before: null,
    })
    expect(parsed('m=node::__proto__&view=odd&before=soon&n=')).toMatchObject({
      metric: 'cpu',
      view: 'overlay',
      before: null,
      nodes: [],
    })
  })
  it('goes there and back', () => {
    const chosen: Comparison[] = [
      parsed('m=postgres::commits&n=pi-2,pi-3&view=small&before=7d'),
      parsed('m=frontend:site:requestRate&before=5400'),
      parsed('n=pi-1'),
      parsed('n='),
    ]
    for (const one of chosen)
      expect(comparisonOf(withComparison(new URLSearchParams('range=6h'), spec, one), spec)).toEqual(one)
    expect(withComparison(new URLSearchParams('range=6h'), spec, parsed('')).toString()).toBe('range=6h')
  })
  it('names only Pis that have the measure', () => {
    const copies = spec.nodes.filter(({ roles }) => roles.includes('postgres')).map(({ name }) => name)
    expect(parsed('m=postgres::commits').nodes).toEqual(copies)
    expect(withMeasure(spec, parsed('n=pi-2'), 'postgres::commits').nodes).toEqual(
      copies.filter((node) => node === 'pi-2'),
    )
    expect(withMeasure(spec, parsed(''), 'postgres::commits').nodes).toEqual(copies)
    expect(withMeasure(spec, parsed(''), 'postgres::nonsense')).toEqual(parsed(''))
  })
})
