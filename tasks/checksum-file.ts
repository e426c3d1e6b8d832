import { createHash } from 'node:crypto'
import * as z from 'zod'
import { defineTask, type TaskContext } from '../shared/core/definition.ts'
import { fileAccess, type OpenFile, openFile } from './guards/open-file.ts'
import { discardRefused } from './guards/refused.ts'

const CHUNK_BYTES = 262_144
const NEWLINE = 10

/**
 * SHA-256, size and line count of a file below PULSE_FILES_ROOT, read as a stream with its progress shown on the
 * task.
 */
export const checksumFile = defineTask({
  name: 'checksum-file',
  input: z.strictObject({ path: z.string().min(1).max(4_096) }),
  timeout: '60s',
  run: ({ path }, context) => discardRefused(checksum(path, context)),
})

async function checksum(path: string, context: TaskContext) {
  const file = await openFile(path, fileAccess(process.env))
  try {
    return await readThrough(file, context)
  } finally {
    await file.handle.close()
  }
}

/** Reads as many bytes as the file had when it was opened: one that grows without end must not keep a worker. */
async function readThrough({ handle, size }: OpenFile, context: TaskContext) {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size))
  let bytes = 0
  let lines = 0
  while (bytes < size) {
    context.signal.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - bytes), bytes)
    if (bytesRead === 0) throw new Error(`the file lost ${size - bytes} bytes while it was read`)
    const chunk = buffer.subarray(0, bytesRead)
    hash.update(chunk)
    lines += countNewlines(chunk)
    bytes += bytesRead
    context.progress(Math.floor((100 * bytes) / size), `${bytes} of ${size} bytes`)
  }
  // Newlines, as `wc -l` counts them.
  return { sha256: hash.digest('hex'), bytes, lines }
}

function countNewlines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) count++
  return count
}
