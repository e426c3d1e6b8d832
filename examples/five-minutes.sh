#!/usr/bin/env bash
# The five-minute tour of the README, as one script. Written by `npm run docs`: edit README.md instead.
#
#   npm start                  # in one terminal
#   examples/five-minutes.sh   # in another; PULSE_URL names a server other than http://127.0.0.1:3000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

printf '\n## %s\n' "Name the server"
url=${PULSE_URL:-http://127.0.0.1:3000}
api=$url/api/v1
json='content-type: application/json'

printf '\n## %s\n' "Submit a task and wait for its end"
curl -s $api/tasks -H "$json" -H 'prefer: wait=20' -d '{"name": "echo", "payload": {"hello": "world"}}'
echo

printf '\n## %s\n' "See what a refusal looks like"
curl -s $api/tasks -H "$json" -d '{"name": "sleep", "payload": {"ms": "long"}}'
echo

curl -s $api/tasks -H "$json" -d '{"name": "echo", "priorty": 1}'
echo

printf '\n## %s\n' "Let a task fail and be retried"
curl -s $api/tasks -H "$json" -H 'prefer: wait=20' -d '{"name": "flaky", "payload": {"failures": 2},
  "backoff": {"kind": "fixed", "delay": "50ms", "jitter": "none"}}'
echo

printf '\n## %s\n' "Find a dead letter and requeue it"
curl -s $api/tasks -H "$json" -H 'prefer: wait=20' -d '{"name": "flaky", "payload": {"failures": 3},
  "maxAttempts": 2, "backoff": {"kind": "fixed", "delay": "50ms"}}' > /dev/null
curl -s "$api/dead-letters?name=flaky"
echo

curl -s $api/dead-letters/requeue -H "$json" -d '{"name": "flaky"}'
echo

printf '\n## %s\n' "Submit many at once"
curl -s $api/tasks/batch -H "$json" -d '{"tasks": [
  {"name": "echo", "payload": 1, "priority": 1}, {"name": "echo", "payload": 2, "tags": {"customer": "4711"}},
  {"name": "ecko"}]}'
echo

printf '\n## %s\n' "Send the same request twice"
for try in first second; do
  curl -si $api/tasks -H "$json" -H 'idempotency-key: order-4711' -d '{"name": "echo", "payload": 4711}' |
    grep -iE '^(location|idempotency-replayed)'
done

curl -s $api/tasks -H "$json" -H 'idempotency-key: order-4711' -d '{"name": "echo", "payload": 4712}'
echo

printf '\n## %s\n' "Pause, resume, cancel"
curl -s $api/dispatch/pause -H "$json" -d '{"name": "sleep", "reason": "trying it out", "for": "10m"}'
echo

id=$(curl -s $api/tasks -H "$json" -d '{"name": "sleep", "payload": {"ms": 60000}}' | grep -o 'task_[0-9A-Z]*')
curl -s $api/tasks/$id
echo

curl -s $api/dispatch/resume -H "$json" -d '{"name": "sleep"}'
echo

until curl -s $api/tasks/$id | grep -q RUNNING; do sleep 0.1; done
curl -s -X POST $api/tasks/$id/cancel
echo

curl -s $api/tasks/$id -H 'prefer: wait=20'
echo

printf '\n## %s\n' "Count"
curl -s $api/stats
echo

printf '\n## %s\n' "Run a task on a schedule"
curl -s $api/schedules -H "$json" -d '{"name": "nightly", "task": {"name": "echo", "payload": 1},
  "cron": "0 3 * * *", "timeZone": "Europe/Berlin"}'
echo

id=$(curl -s $api/schedules -H "$json" -d '{"name": "tick", "task": {"name": "echo"}, "every": "1s"}' | grep -o 'sch_[0-9A-Z]*')
until curl -s $api/schedules/$id/occurrences | grep -q fired; do sleep 0.1; done
curl -s "$api/schedules/$id/occurrences?limit=1"
echo

curl -s $api/schedules/$id/pause -H "$json" -d '{"reason": "seen enough"}'
echo

printf '\n## %s\n' "Log in"
curl -s $api/auth/register -H "$json" -d '{"email": "ada@example.com", "password": "looms weave algebraic patterns"}'
echo

token=$(curl -s $api/auth/login -H "$json" -d '{"email": "ada@example.com", "password": "looms weave algebraic patterns"}' |
  grep -o 'eyJ[^"]*')
curl -s $api/tasks -H "$json" -H "authorization: Bearer $token" -H 'prefer: wait=20' -d '{"name": "echo", "payload": "mine"}'
echo

key=$(curl -s $api/api-keys -H "$json" -H "authorization: Bearer $token" -d '{"name": "ci", "scopes": ["tasks:read"]}' |
  grep -o '"key":"[^"]*' | cut -d '"' -f 4)
curl -s $api/tasks -H "authorization: Bearer $key"
echo

curl -s $api/tasks -H "$json" -H "authorization: Bearer $key" -d '{"name": "echo"}'
echo

printf '\n## %s\n' "Give it real work"
PULSE_URL=$url examples/tour.sh

PULSE_URL=$url npx node examples/enqueue.ts
