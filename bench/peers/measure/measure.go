// Package measure is measure.ts again for the Go peers: the same work, order and checks, so that figures compare.
package measure

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type Options struct {
	Tasks, Submitters, Inflight, Payload, Idle int
}

type Task struct {
	ID  int    `json:"id"`
	Pad string `json:"pad"`
}

type Peer struct {
	Submit func(Task) error
	Start  func() error
	// Unfinished asks the store, so that a handler having run is not mistaken for a task being recorded as done.
	Unfinished func() (int, error)
	Stop       func() error
}

type Description struct {
	Name, Module string
	Settings     map[string]any
	Open         func(Options, func(Task)) (*Peer, error)
}

const deadline = 300 * time.Second

func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Check ends the program, since a benchmark that carries on after an error reports a figure for other work.
func Check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func Required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s is not set", name)
	}
	return value
}

func options() Options {
	var o Options
	flag.IntVar(&o.Tasks, "tasks", 10_000, "tasks to submit and drain")
	flag.IntVar(&o.Submitters, "submitters", 64, "concurrent submitters")
	flag.IntVar(&o.Inflight, "inflight", 100, "tasks handled at a time")
	flag.IntVar(&o.Payload, "payload", 100, "bytes of JSON in a task")
	flag.IntVar(&o.Idle, "idle", 300, "single tasks dispatched to idle workers")
	flag.Parse()
	return o
}

func task(id, payload int) Task {
	bare := len(Must(json.Marshal(Task{ID: id})))
	if bare > payload {
		log.Fatalf("-payload must be at least %d", bare)
	}
	return Task{ID: id, Pad: strings.Repeat("x", payload-bare)}
}

func submitAll(peer *Peer, o Options) time.Duration {
	var next atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for range o.Submitters {
		group.Go(func() {
			for id := int(next.Add(1)) - 1; id < o.Tasks; id = int(next.Add(1)) - 1 {
				Check(peer.Submit(task(id, o.Payload)))
			}
		})
	}
	group.Wait()
	return time.Since(start)
}

func untilSettled(peer *Peer) time.Time {
	for Must(peer.Unfinished()) > 0 {
		time.Sleep(time.Millisecond)
	}
	return time.Now()
}

func drain(peer *Peer, l *ledger, tasks int) (drained, settled time.Duration) {
	if waiting := Must(peer.Unfinished()); waiting != tasks {
		log.Fatalf("submit: the store holds %d of %d tasks", waiting, tasks)
	}
	handled := l.all(tasks)
	start := time.Now()
	Check(peer.Start())
	drained = (<-handled).Sub(start)
	return drained, untilSettled(peer).Sub(start)
}

// The pause varies so that it cannot fall into step with a peer's polling and flatter or punish it.
func dispatch(peer *Peer, l *ledger, o Options) []time.Duration {
	latencies := make([]time.Duration, 0, o.Idle)
	time.Sleep(500 * time.Millisecond)
	for id := o.Tasks; id < o.Tasks+o.Idle; id++ {
		one := task(id, o.Payload)
		handled := l.one(id)
		start := time.Now()
		Check(peer.Submit(one))
		latencies = append(latencies, (<-handled).Sub(start))
		time.Sleep(3*time.Millisecond + rand.N(5*time.Millisecond))
	}
	untilSettled(peer)
	slices.Sort(latencies)
	return latencies
}

// Nearest rank, so that a reported figure is always one that was really seen.
func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := max(0, int(math.Ceil(float64(len(sorted))*share))-1)
	return float64(sorted[rank].Microseconds()) / 1000
}

func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "unknown"
}

func Run(d Description) {
	log.SetPrefix(d.Name + ": ")
	time.AfterFunc(deadline, func() { log.Fatalf("not done after %s", deadline) })
	o := options()
	l := newLedger()
	peer := Must(d.Open(o, l.handle))
	submitted := submitAll(peer, o)
	drained, settled := drain(peer, l, o.Tasks)
	l.check("drain", o.Tasks)
	idle := dispatch(peer, l, o)
	l.check("idle", o.Tasks+o.Idle)
	Check(peer.Stop())
	perSecond := func(took time.Duration) int { return int(math.Round(float64(o.Tasks) / took.Seconds())) }
	line := map[string]any{
		"name":             d.Name,
		"version":          version(d.Module),
		"submitPerSecond":  perSecond(submitted),
		"drainPerSecond":   perSecond(drained),
		"settledPerSecond": perSecond(settled),
		"idleMs": map[string]float64{
			"p50": percentile(idle, 0.5), "p95": percentile(idle, 0.95), "p99": percentile(idle, 0.99),
		},
		"settings": d.Settings,
	}
	fmt.Println(string(Must(json.Marshal(line))))
}
