// Command asynq measures asynq on Redis.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/hibiken/asynq"
	"pulse.bench/peers/measure"
)

// asynq does not block on Redis but polls, by default about every second when idle. The interval is a documented
// option, so the benchmark sets its best case; -check-interval 0 shows what a user who sets nothing sees.
var checkInterval = flag.Duration("check-interval", time.Millisecond, "TaskCheckInterval; 0 for the default")

func main() {
	settings := map[string]any{}
	measure.Run(measure.Description{
		Name: "asynq", Module: "github.com/hibiken/asynq", Settings: settings,
		Open: func(o measure.Options, handle func(measure.Task)) (*measure.Peer, error) {
			settings["taskCheckInterval"] = checkInterval.String()
			return open(o, handle)
		},
	})
}

func open(o measure.Options, handle func(measure.Task)) (*measure.Peer, error) {
	uri, err := asynq.ParseRedisURI(measure.Required("REDIS_URL"))
	if err != nil {
		return nil, err
	}
	redis := uri.(asynq.RedisClientOpt)
	queue := fmt.Sprintf("bench-%d", os.Getpid())
	client := asynq.NewClient(redis)
	inspector := asynq.NewInspector(redis)
	server := asynq.NewServer(redis, asynq.Config{
		Concurrency:       o.Inflight,
		Queues:            map[string]int{queue: 1},
		TaskCheckInterval: *checkInterval,
		LogLevel:          asynq.ErrorLevel,
	})
	return &measure.Peer{
		Submit: func(task measure.Task) error {
			payload, err := json.Marshal(task)
			if err != nil {
				return err
			}
			_, err = client.Enqueue(asynq.NewTask("noop", payload), asynq.Queue(queue))
			return err
		},
		Start: func() error {
			return server.Start(asynq.HandlerFunc(func(_ context.Context, job *asynq.Task) error {
				var task measure.Task
				if err := json.Unmarshal(job.Payload(), &task); err != nil {
					return err
				}
				handle(task)
				return nil
			}))
		},
		Unfinished: func() (int, error) {
			info, err := inspector.GetQueueInfo(queue)
			if err != nil {
				return 0, err
			}
			return info.Size, nil
		},
		Stop: func() error {
			server.Shutdown()
			defer client.Close()
			defer inspector.Close()
			return inspector.DeleteQueue(queue, true)
		},
	}, nil
}
