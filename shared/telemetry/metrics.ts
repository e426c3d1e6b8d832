/** Metrics of ours, for what no service counts by itself. */
export interface Metrics {
  count(name: string, value: number): void
}

/**
 * Prints metrics as CloudWatch's embedded format: a log line that becomes a metric, at no call and no latency.
 * @param dimension name and value that every metric carries
 */
export function createMetrics(
  namespace: string,
  dimension: { readonly name: string; readonly value: string },
  write: (line: string) => void = line => void process.stdout.write(line),
): Metrics {
  return {
    count(name, value) {
      const metric = {
        _aws: {
          Timestamp: Date.now(),
          CloudWatchMetrics: [
            { Namespace: namespace, Dimensions: [[dimension.name]], Metrics: [{ Name: name, Unit: 'Count' }] },
          ],
        },
        [dimension.name]: dimension.value,
        [name]: value,
      }
      write(`${JSON.stringify(metric)}\n`)
    },
  }
}
