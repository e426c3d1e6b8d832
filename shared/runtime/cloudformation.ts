import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { message } from '../telemetry/log-events.ts'

/** What CloudFormation sends to the function of a resource that is none of its own. */
export interface ResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete'
  /** Where it waits for the answer. */
  readonly ResponseURL: string
  readonly StackId: string
  readonly RequestId: string
  readonly LogicalResourceId: string
  readonly PhysicalResourceId?: string
}

export function isResourceRequest(event: unknown): event is ResourceRequest {
  return typeof event === 'object' && event !== null && 'ResponseURL' in event && 'RequestType' in event
}

/** The permissions of a role that was made a moment ago hold after a while. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000]
const ANSWER_MS = 10_000

/**
 * Does what a deployment asks for, and says how it went; a failure has it rolled back. There is nothing to do when the stack goes: the data
 * go, or stay, with their table.
 * @throws Error when nobody takes the answer: Lambda tries again
 */
export async function answerResource(
  request: ResourceRequest,
  work: () => Promise<unknown>,
  failed: (error: unknown) => void,
): Promise<void> {
  const reason = request.RequestType === 'Delete' ? undefined : await insistOn(work, failed)
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = LogicalResourceId } = request
  const answer = {
    Status: reason === undefined ? 'SUCCESS' : 'FAILED',
    Reason: reason,
    StackId,
    RequestId,
    LogicalResourceId,
    PhysicalResourceId,
  }
  // Bytes: the address is signed for a request without a type.
  const body = Buffer.from(JSON.stringify(answer))
  const { ok, status } = await fetch(request.ResponseURL, {
    method: 'PUT',
    body,
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!ok) throw new Error(`CloudFormation has not taken the answer: ${status}`)
}

/** @returns why it was not done */
async function insistOn(work: () => Promise<unknown>, failed: (error: unknown) => void): Promise<string | undefined> {
  for (let tries = 0; ; tries++) {
    try {
      await work()
      return undefined
    } catch (error) {
      const ms = error instanceof StoreUnavailable ? PAUSES_MS[tries] : undefined
      if (ms === undefined) {
        failed(error)
        return message(error)
      }
      await new Promise(resolve => setTimeout(resolve, ms))
    }
  }
}
