import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { answerResource, isResourceRequest, type ResourceRequest } from '../../shared/runtime/cloudformation.ts'

interface Given {
  readonly method: string | undefined
  readonly type: string | undefined
  readonly body: Record<string, unknown>
}

/** Takes answers as CloudFormation does: at an address that is signed for one request. */
async function openAddress(status = 200): Promise<{ readonly url: string; readonly given: readonly Given[] }> {
  const given: Given[] = []
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await buffer(request)).toString())
    given.push({ method: request.method, type: request.headers['content-type'], body })
    response.writeHead(status).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/signed?by=aws`, given }
}

function requestTo(ResponseURL: string, RequestType: ResourceRequest['RequestType'] = 'Create'): ResourceRequest {
  return { RequestType, ResponseURL, StackId: 'arn:stack', RequestId: 'request-7', LogicalResourceId: 'Declared' }
}

const done = async () => {}
const unexpected = (error: unknown) => {
  throw error
}

describe('what CloudFormation is answered', () => {
  test('that it is done, in the words it knows, without a type, for which the address is not signed', async () => {
    const { url, given } = await openAddress()
    await answerResource(requestTo(url), done, unexpected)
    expect(given).toEqual([
      {
        method: 'PUT',
        type: undefined,
        body: {
          Status: 'SUCCESS',
          StackId: 'arn:stack',
          RequestId: 'request-7',
          LogicalResourceId: 'Declared',
          PhysicalResourceId: 'Declared',
        },
      },
    ])
  })

  test('that it is the same resource as before: another name would have the old one removed', async () => {
    const { url, given } = await openAddress()
    await answerResource({ ...requestTo(url, 'Update'), PhysicalResourceId: 'of old' }, done, unexpected)
    expect(given[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'of old' })
  })

  test('why it is not done, which has the deployment rolled back', async () => {
    const { url, given } = await openAddress()
    const errors: unknown[] = []
    const refuse = async () => {
      throw new TypeError('schedule "x" is refused')
    }
    await answerResource(requestTo(url), refuse, error => errors.push(error))
    expect(given[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'schedule "x" is refused' })
    expect(errors).toHaveLength(1)
  })

  test('H106 nothing yet, while the store does not answer: the permissions of a new role take a moment', async () => {
    const { url, given } = await openAddress()
    let tries = 0
    await answerResource(
      requestTo(url),
      async () => {
        if (++tries < 2) throw new StoreUnavailable('AWS answered AccessDeniedException')
      },
      unexpected,
    )
    expect(tries).toBe(2)
    expect(given.map(({ body }) => body.Status)).toEqual(['SUCCESS'])
  })

  test('that a resource is gone, for which there is nothing to do', async () => {
    const { url, given } = await openAddress()
    await answerResource(requestTo(url, 'Delete'), () => expect.unreachable(), unexpected)
    expect(given[0]?.body).toMatchObject({ Status: 'SUCCESS' })
  })

  test('once more by Lambda, when nobody takes it', async () => {
    const { url } = await openAddress(403)
    await expect(answerResource(requestTo(url), done, unexpected)).rejects.toThrow('has not taken the answer: 403')
  })
})

test('requests of CloudFormation are told from fires of schedules', () => {
  expect(isResourceRequest(requestTo('http://127.0.0.1/'))).toBe(true)
  for (const other of [undefined, null, 'x', {}, { schedule: 'sch_1', generation: 1, scheduledFor: '' }])
    expect(isResourceRequest(other)).toBe(false)
})
