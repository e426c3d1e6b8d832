import type { AttributeValue } from '@aws-sdk/client-dynamodb'

export function isAtLeast(value: AttributeValue | undefined, low: AttributeValue | undefined): boolean {
  const order = compare(value, low)
  return order !== undefined && order >= 0
}

/** @returns undefined for what cannot be compared: then no comparison holds, but "differs" of two that are there */
export function compare(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.N !== undefined && b?.N !== undefined) return Math.sign(Number(a.N) - Number(b.N))
  if (a?.S !== undefined && b?.S !== undefined) return a.S < b.S ? -1 : a.S > b.S ? 1 : 0
  return undefined
}

export function compareBy(comparator: string): readonly number[] {
  const orders: Readonly<Record<string, readonly number[]>> = {
    '=': [0],
    '<>': [-1, 1],
    '<': [-1],
    '<=': [-1, 0],
    '>': [1],
    '>=': [0, 1],
  }
  return orders[comparator] ?? []
}

export function holds(orders: readonly number[], order: number | undefined): boolean {
  return order !== undefined && orders.includes(order)
}
