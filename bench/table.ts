/** The middle of the sorted values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]]
  return (low + high) / 2
}

type Cell = string | number | undefined

/** A Markdown table of rows with the same keys. */
export function table(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const heads = Object.keys(rows[0] ?? {})
  const lines = rows.map(row => heads.map(head => show(row[head])))
  return [heads, heads.map(() => '---'), ...lines]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
    .concat('\n')
}

function show(cell: Cell): string {
  if (cell === undefined || Number.isNaN(cell)) return ''
  if (typeof cell === 'string') return cell
  return cell >= 100 ? Math.round(cell).toLocaleString('en-US') : String(Math.round(cell * 100) / 100)
}
