import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { compare, compareBy, holds, isAtLeast } from './compare.ts'

export type Item = Record<string, AttributeValue>

/** What an expression's words stand for. */
export interface Bindings {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>
}

/** DynamoDB would refuse the request. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

const TOKEN = /[#:]?\w+|<=|>=|<>|[=<>(),+-]/g
const COMPARATORS = ['=', '<>', '<', '<=', '>', '>=']

/** The program has few texts, and sends each of them thousands of times. */
const known = new Map<string, readonly string[]>()

function tokensOf(text: string): readonly string[] {
  const tokens = known.get(text) ?? text.match(TOKEN) ?? []
  known.set(text, tokens)
  return tokens
}

/** Reads an expression, word by word. Written from DynamoDB's grammar and not from what the program sends. */
class Reader {
  readonly #tokens: readonly string[]
  readonly #item: Item
  readonly #bindings: Bindings
  #place = 0

  constructor(text: string, item: Item, bindings: Bindings) {
    this.#tokens = tokensOf(text)
    this.#item = item
    this.#bindings = bindings
  }

  isNext(...tokens: readonly string[]): boolean {
    return tokens.includes(this.#tokens[this.#place] ?? '')
  }

  take(...expected: readonly string[]): string {
    const token = this.#tokens[this.#place++]
    if (token === undefined || (expected.length > 0 && !expected.includes(token)))
      throw new Refused(`"${token}" where ${expected.join(' or ') || 'more'} was expected`)
    return token
  }

  takeIf(token: string): boolean {
    const isIt = this.isNext(token)
    if (isIt) this.take()
    return isIt
  }

  get isAtEnd(): boolean {
    return this.#place >= this.#tokens.length
  }

  /** The attribute that a path names. */
  name(): string {
    const token = this.take()
    const name = token.startsWith('#') ? this.#bindings.ExpressionAttributeNames?.[token] : token
    if (name === undefined || token.startsWith(':')) throw new Refused(`${token} is not a name`)
    return name
  }

  operand(): AttributeValue | undefined {
    if (this.isNext('list_append')) {
      const [one, other] = this.#pair()
      if (!one?.L || !other?.L) throw new Refused('list_append of what is no list')
      return { L: [...one.L, ...other.L] }
    }
    if (this.isNext('if_not_exists')) {
      const [one, other] = this.#pair()
      return one ?? other
    }
    if (!this.#tokens[this.#place]?.startsWith(':')) return this.#item[this.name()]
    const token = this.take()
    const value = this.#bindings.ExpressionAttributeValues?.[token]
    if (!value) throw new Refused(`${token} stands for nothing`)
    return value
  }

  #pair(): [AttributeValue | undefined, AttributeValue | undefined] {
    this.take()
    this.take('(')
    const one = this.operand()
    this.take(',')
    const other = this.operand()
    this.take(')')
    return [one, other]
  }

  or(): boolean {
    let holds = this.and()
    while (this.takeIf('OR')) holds = this.and() || holds
    return holds
  }

  and(): boolean {
    let holds = this.not()
    while (this.takeIf('AND')) holds = this.not() && holds
    return holds
  }

  not(): boolean {
    return this.takeIf('NOT') ? !this.not() : this.term()
  }

  term(): boolean {
    if (this.takeIf('(')) {
      const holds = this.or()
      this.take(')')
      return holds
    }
    if (this.isNext('attribute_exists', 'attribute_not_exists')) {
      const wanted = this.take() === 'attribute_exists'
      this.take('(')
      const found = this.#item[this.name()] !== undefined
      this.take(')')
      return found === wanted
    }
    const left = this.operand()
    if (this.takeIf('IN')) return this.#list().some(value => compare(left, value) === 0)
    if (this.takeIf('BETWEEN')) {
      const low = this.operand()
      this.take('AND')
      const high = this.operand()
      return isAtLeast(left, low) && isAtLeast(high, left)
    }
    return holds(compareBy(this.take(...COMPARATORS)), compare(left, this.operand()))
  }

  #list(): (AttributeValue | undefined)[] {
    this.take('(')
    const values = [this.operand()]
    while (this.takeIf(',')) values.push(this.operand())
    this.take(')')
    return values
  }
}

export function conditionHolds(text: string, item: Item, bindings: Bindings): boolean {
  const reader = new Reader(text, item, bindings)
  const holds = reader.or()
  if (!reader.isAtEnd) throw new Refused(`more than a condition: ${text}`)
  return holds
}

/** The item as an update expression leaves it. All of its operands are read from the item as it was. */
export function updated(text: string, item: Item, bindings: Bindings): Item {
  const reader = new Reader(text, item, bindings)
  const next: Item = { ...item }
  while (!reader.isAtEnd) {
    const section = reader.take('SET', 'REMOVE', 'ADD')
    do {
      const name = reader.name()
      if (section === 'REMOVE') {
        delete next[name]
        continue
      }
      if (section === 'SET') reader.take('=')
      let value = reader.operand()
      if (section === 'ADD') value = sum(item[name] ?? { N: '0' }, value, 1)
      else if (reader.isNext('+', '-')) value = sum(value, ...signed(reader.take(), reader.operand()))
      if (!value) throw new Refused(`${name} would be set to what is not there`)
      next[name] = value
    } while (reader.takeIf(','))
  }
  return next
}

function signed(sign: string, value: AttributeValue | undefined): [AttributeValue | undefined, number] {
  return [value, sign === '+' ? 1 : -1]
}

function sum(a: AttributeValue | undefined, b: AttributeValue | undefined, sign: number): AttributeValue {
  if (a?.N === undefined || b?.N === undefined) throw new Refused('only numbers are added')
  return { N: String(Number(a.N) + sign * Number(b.N)) }
}
