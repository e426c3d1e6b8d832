#!/usr/bin/env bash
# Has a running Pulse server checksum every file of this repository, and prints what came of it.
#
#   npm start              # in one terminal
#   examples/tour.sh       # in another; PULSE_URL names a server other than http://127.0.0.1:3000
#
# Needs bash, git, curl 7.67 and any node. Exits with 1 when a task failed or a checksum is wrong.
set -euo pipefail

url=${PULSE_URL:-http://127.0.0.1:3000}
url=${url%/}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tour=$(date +%s)-$$

call() { curl -sS --noproxy 127.0.0.1,localhost,::1 --max-time 90 "$@"; }

if ! call -f --output "$work/health" "$url/health"; then
  echo "No Pulse server answers at $url: start one with \"npm start\", or set PULSE_URL." >&2
  exit 1
fi

# 1. One task for each file of the repository, in batches of 1,000.
git ls-files -z > "$work/files"
batches=$(node - "$work" "$tour" <<'JS'
const { lstatSync, readFileSync, writeFileSync } = require('node:fs')
const [work, tour] = process.argv.slice(2)
const isFile = path => lstatSync(path, { throwIfNoEntry: false })?.isFile()
const paths = readFileSync(`${work}/files`, 'utf8').split('\0').filter(path => path !== '' && isFile(path))
if (paths.length === 0) throw new Error('git lists no files here')
writeFileSync(`${work}/paths.json`, JSON.stringify(paths))
let batches = 0
for (; batches * 1000 < paths.length; batches++) {
  const part = paths.slice(batches * 1000, (batches + 1) * 1000)
  const tasks = part.map(path => ({ name: 'checksum-file', payload: { path }, priority: 4, tags: { tour } }))
  writeFileSync(`${work}/batch-${batches}.json`, JSON.stringify({ tasks }))
}
console.log(batches)
JS
)
for ((batch = 0; batch < batches; batch++)); do
  # The key makes it safe to send the batch again when the answer is lost.
  call --retry 3 --retry-connrefused -H 'content-type: application/json' -H "idempotency-key: tour-$tour-$batch" \
    --data-binary "@$work/batch-$batch.json" --output "$work/answer-$batch.json" "$url/api/v1/tasks/batch"
done

# 2. Wait for each: the server answers when the task has ended, or after a minute.
for ((round = 0; round < 10; round++)); do
  open=$(node - "$work" "$url" "$batches" <<'JS'
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const [work, url, batches] = process.argv.slice(2)
const json = name => JSON.parse(readFileSync(`${work}/${name}.json`, 'utf8'))
const answers = Array.from({ length: Number(batches) }, (_, batch) => json(`answer-${batch}`))
const refused = answers.find(({ items }) => !items) ?? answers.flatMap(({ items }) => items).find(({ problem }) => problem)
if (refused) {
  console.error(`The server refused a task: ${(refused.problem ?? refused).detail}`)
  process.exit(1)
}
const ended = ['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED']
const open = answers.flatMap(({ items }) => items).flatMap(({ id }, index) => {
  if (existsSync(`${work}/task-${index}.json`) && ended.includes(json(`task-${index}`).state)) return []
  return [`url = "${url}/api/v1/tasks/${id}"\noutput = "${work}/task-${index}.json"\n`]
})
writeFileSync(`${work}/open`, open.join(''))
console.log(open.length)
JS
)
  [ "$open" -eq 0 ] && break
  call --no-progress-meter --parallel --parallel-max 8 -H 'prefer: wait=60' --config "$work/open"
done

# 3. Compute some of the checksums here, to compare.
sha256() { if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }
index=0
while IFS= read -r -d '' path; do
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    if ((index % 7 == 0)); then echo "$index $(sha256 < "$path")"; fi
    index=$((index + 1))
  fi
done < "$work/files" > "$work/sample"

# 4. The table.
node - "$work" <<'JS'
const { readFileSync } = require('node:fs')
const [work] = process.argv.slice(2)
const read = name => readFileSync(`${work}/${name}`, 'utf8')
const sample = new Map(read('sample').trim().split('\n').map(line => line.split(' ')))
const rows = JSON.parse(read('paths.json')).map((path, index) => {
  const task = JSON.parse(read(`task-${index}.json`))
  const expected = sample.get(String(index))
  return { path, task, wrong: expected !== undefined && task.result?.sha256 !== expected }
})
const width = Math.min(60, Math.max(...rows.map(({ path }) => path.length)))
const line = (path, bytes, lines, sha, attempts, ms, note = '') =>
  console.log(`${path.padEnd(width)} ${bytes.padStart(9)} ${lines.padStart(7)}  ${sha.padEnd(12)} ${attempts.padStart(8)} ${ms.padStart(6)}  ${note}`.trimEnd())
line('path', 'bytes', 'lines', 'sha256', 'attempts', 'ms')
for (const { path, task, wrong } of rows) {
  const { bytes = '-', lines = '-', sha256 = '-' } = task.result ?? {}
  const ms = task.finishedAt ? Date.parse(task.finishedAt) - Date.parse(task.startedAt) : '-'
  const note = wrong ? 'WRONG CHECKSUM' : task.state === 'COMPLETED' ? '' : `${task.state ?? 'no answer'}: ${task.lastError?.message ?? task.detail ?? ''}`
  const shown = path.length > width ? `…${path.slice(1 - width)}` : path
  line(shown, String(bytes), String(lines), sha256.slice(0, 12), String(task.attempt ?? '-'), String(ms), note)
}
const completed = rows.filter(({ task }) => task.state === 'COMPLETED')
const sum = field => completed.reduce((total, { task }) => total + task.result[field], 0)
const wrong = rows.filter(row => row.wrong).length
const times = rows.flatMap(({ task }) => [Date.parse(task.createdAt), Date.parse(task.finishedAt ?? task.createdAt)])
console.log(
  `\n${completed.length} of ${rows.length} files completed: ${sum('bytes')} bytes, ${sum('lines')} lines, ` +
    `${Math.max(...times) - Math.min(...times)} ms from the first submit to the last end; ` +
    `${sample.size - wrong} of ${sample.size} checksums compared with sha256sum agree.`,
)
if (completed.length < rows.length) console.log('Does the server run in this repository? It reads files below PULSE_FILES_ROOT, by default its working folder.')
process.exitCode = completed.length === rows.length && wrong === 0 ? 0 : 1
JS
