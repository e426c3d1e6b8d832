// Command river measures River on PostgreSQL.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"pulse.bench/peers/measure"
)

const (
	// More than the 100 of the others, since River fetches a batch as large as its free workers.
	maxWorkers        = 1000
	fetchCooldown     = time.Millisecond
	fetchPollInterval = 5 * time.Millisecond
)

type args struct{ measure.Task }

func (args) Kind() string { return "noop" }

func main() {
	measure.Run(measure.Description{
		Name: "river", Module: "github.com/riverqueue/river", Open: open,
		Settings: map[string]any{
			"maxWorkers":        maxWorkers,
			"fetchCooldown":     fetchCooldown.String(),
			"fetchPollInterval": fetchPollInterval.String(),
		},
	})
}

func connect(ctx context.Context, connections int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(measure.Required("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(connections)
	return pgxpool.NewWithConfig(ctx, config)
}

func migrate(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	if _, err := pool.Exec(ctx, "create schema "+schema); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func newClient(pool *pgxpool.Pool, schema string, handle func(measure.Task)) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[args]) error {
		handle(job.Args.Task)
		return nil
	}))
	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		FetchCooldown:     fetchCooldown,
		FetchPollInterval: fetchPollInterval,
		Logger:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: maxWorkers}},
		Schema:            schema,
		Workers:           workers,
	})
}

func open(o measure.Options, handle func(measure.Task)) (*measure.Peer, error) {
	ctx := context.Background()
	schema := fmt.Sprintf("river_bench_%d", os.Getpid())
	pool, err := connect(ctx, o.Submitters)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, pool, schema); err != nil {
		return nil, err
	}
	client, err := newClient(pool, schema, handle)
	if err != nil {
		return nil, err
	}
	return &measure.Peer{
		Submit: func(task measure.Task) error {
			_, err := client.Insert(ctx, args{task}, nil)
			return err
		},
		Start: func() error { return client.Start(ctx) },
		Unfinished: func() (int, error) {
			var count int
			query := fmt.Sprintf("select count(*) from %s.river_job where state <> 'completed'", schema)
			err := pool.QueryRow(ctx, query).Scan(&count)
			return count, err
		},
		Stop: func() error {
			if err := client.Stop(ctx); err != nil {
				return err
			}
			defer pool.Close()
			_, err := pool.Exec(ctx, "drop schema "+schema+" cascade")
			return err
		},
	}, nil
}
