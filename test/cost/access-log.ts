import { accessLogFormat } from '../../lib/gateway.ts'

/** What the variables of the format stand for, about as long as they are. */
const typical: Readonly<Record<string, string>> = {
  requestTime: '17/May/2031:10:00:00 +0000',
  requestId: 'Xy0aRhXuoAMEVYQ=',
  'identity.sourceIp': '203.0.113.137',
  'identity.userArn': 'arn:aws:sts::111122223333:assumed-role/orders-service/production-17',
  httpMethod: 'POST',
  path: '/api/v1/tasks/task_01K0XW6V3M8Q2T5R7Y9Z4B6C8D',
  status: '202',
  responseLength: '412',
  responseLatency: '27',
  'error.message': '-',
  integrationErrorMessage: '-',
}

/** CloudWatch counts so many bytes for each line besides its text. */
const LINE_BYTES = 26
const GIGABYTE = 1_073_741_824

/** What the gateway writes into its log about one request, in GB. */
export const accessLogGigabytes =
  (LINE_BYTES + Buffer.byteLength(accessLogFormat.toString().replace(/\$context\.([\w.]+)/g, wordFor))) / GIGABYTE

function wordFor(_all: string, name: string): string {
  const value = typical[name]
  if (value === undefined) throw new TypeError(`the meter does not know how long $context.${name} is`)
  return value
}
