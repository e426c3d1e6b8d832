/** An item as the client of DynamoDB has it, or as it travels: there, bytes are base64. */
export type AnyItem = Readonly<Record<string, object>>

const CONTAINER_BYTES = 3
const ELEMENT_BYTES = 1

/**
 * Bytes of an item as DynamoDB bills them: names and values of its attributes.
 * Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: AnyItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0)
}

function valueBytes(value: object): number {
  const [[type, content] = ['', undefined]] = Object.entries(value) as [string, unknown][] // one entry: its type
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content))
    case 'B':
      return content instanceof Uint8Array ? content.length : Buffer.byteLength(String(content), 'base64')
    case 'N':
      return numberBytes(String(content))
    case 'BOOL':
    case 'NULL':
      return 1
    case 'L':
      return (content as readonly object[]).reduce(
        (sum: number, element) => sum + ELEMENT_BYTES + valueBytes(element),
        CONTAINER_BYTES,
      )
    case 'M':
      return CONTAINER_BYTES + Object.keys(content as AnyItem).length * ELEMENT_BYTES + itemBytes(content as AnyItem)
    case 'SS':
    case 'NS':
    case 'BS':
      return (content as readonly unknown[]).reduce(
        (sum: number, each) => sum + valueBytes({ [type.charAt(0)]: each }),
        0,
      )
    default:
      throw new TypeError(`nobody knows how large a value of type "${type}" is`)
  }
}

/** A byte for each two digits, in pairs from the point outwards, without zeros at either end; one more, and one for a sign. */
function numberBytes(text: string): number {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === '') throw new TypeError(`nobody knows how large the number ${text} is`)
  const pairs = `${whole.length % 2 ? '0' : ''}${whole}${fraction}${fraction.length % 2 ? '0' : ''}`.match(/../g) ?? []
  const first = pairs.findIndex(pair => pair !== '00')
  const last = pairs.findLastIndex(pair => pair !== '00')
  return 1 + sign.length + (first < 0 ? 0 : last - first + 1)
}
