import type { APIGatewayProxyEvent } from 'aws-lambda'

/** An event of a REST API, as API Gateway sends it (payload format 1.0). */
export function restEvent(
  method: string,
  path: string,
  more: Partial<APIGatewayProxyEvent> = {},
): APIGatewayProxyEvent {
  const event = {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: null,
    multiValueHeaders: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '1',
      apiId: 'api',
      authorizer: null,
      protocol: 'HTTP/1.1',
      httpMethod: method,
      path: `/prod${path}`,
      stage: 'prod',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      requestTimeEpoch: 1_893_456_000_000,
      resourceId: 'x',
      resourcePath: '/{proxy+}',
      identity: { sourceIp: '192.0.2.1', userAgent: 'test' },
    },
    body: null,
    isBase64Encoded: false,
    ...more,
  }
  return event as unknown as APIGatewayProxyEvent // the rest of its identity is of no use here
}
