/**
 * Stands in for the SDK's memory of endpoints that it was told by a service, which brings a library of data structures along. It is
 * not used unless somebody turns that on, and then only costs more questions.
 */
export class EndpointCache extends Map<string, unknown> {
  constructor(_capacity: number) {
    super()
  }

  getEndpoint(): undefined {
    return undefined
  }
}
