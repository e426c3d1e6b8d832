import type { RecordStore } from '../../shared/ports/record-store.ts'
import type { ApiOptions } from './setup.ts'

/** The real stores, with some methods of that of the records in other hands. */
export function withRecords(change: (records: RecordStore) => Partial<RecordStore>): NonNullable<ApiOptions['stores']> {
  return ({ records, limits }) => ({ limits, records: { ...records, ...change(records) } })
}
