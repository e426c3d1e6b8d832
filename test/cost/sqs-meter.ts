import type { Wire } from './exchange.ts'

/** One call for each 64 KB begun of what it carries. */
const UNIT_BYTES = 65_536

/** Requests that a call is billed as. */
export function sqsRequests(operation: string, request: Wire, answer: Wire): number {
  const bytes = messagesOf(operation, request, answer).reduce((sum, message) => sum + messageBytes(message), 0)
  return Math.max(1, Math.ceil(bytes / UNIT_BYTES))
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
function messagesOf(operation: string, request: Wire, answer: Wire): Wire[] {
  switch (operation) {
    case 'SendMessage':
      return [request]
    case 'SendMessageBatch':
      return request.Entries
    case 'ReceiveMessage':
      return answer.Messages ?? []
    case 'DeleteMessage':
    case 'DeleteMessageBatch':
    case 'ChangeMessageVisibility':
    case 'ChangeMessageVisibilityBatch':
    case 'GetQueueAttributes':
      return []
    default:
      throw new TypeError(`the meter does not know what SQS bills for ${operation}`)
  }
}

/** Text and attributes; a message that is received has its text under another name. */
function messageBytes({ MessageBody, Body, MessageAttributes = {} }: Wire): number {
  const attributes = Object.entries<Wire>(MessageAttributes).map(
    ([name, { DataType, StringValue = '' }]) => name.length + DataType.length + Buffer.byteLength(StringValue),
  )
  return attributes.reduce((sum, each) => sum + each, Buffer.byteLength(MessageBody ?? Body ?? ''))
}
