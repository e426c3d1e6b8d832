import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/**
 * Remembers beside the file how many groups were committed, at most a second ago. SQLite reads a damaged frame of its log as the
 * log's end and drops what follows without a word (H110); a file that has fewer commits than its mark has lost some.
 */
export interface HighWaterMark {
  write(commits: number): void
}

export interface Mark {
  readonly file: string
  readonly commits: number
}

export function readMark(path: string): Mark | undefined {
  try {
    const mark = JSON.parse(readFileSync(path, 'utf8')) as Partial<Mark>
    return typeof mark.file === 'string' && typeof mark.commits === 'number'
      ? { file: mark.file, commits: mark.commits }
      : undefined
  } catch {
    // No mark, or one torn by a crash: nothing to compare with.
    return undefined
  }
}

export function createHighWaterMark(path: string, file: string): HighWaterMark {
  return {
    write(commits) {
      writeFileSync(`${path}.new`, JSON.stringify({ file, commits } satisfies Mark))
      renameSync(`${path}.new`, path)
    },
  }
}
