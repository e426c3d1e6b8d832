package measure

import (
	"log"
	"sync"
	"time"
)

// Duplicates are counted apart: one lost and one repeated task would otherwise cancel out in the total.
type ledger struct {
	mutex    sync.Mutex
	seen     map[int]bool
	waiting  map[int]chan time.Time
	repeated int
	target   int
	reached  chan time.Time
}

func newLedger() *ledger {
	return &ledger{seen: map[int]bool{}, waiting: map[int]chan time.Time{}}
}

func (l *ledger) handle(task Task) {
	at := time.Now()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.seen[task.ID] {
		l.repeated++
		return
	}
	l.seen[task.ID] = true
	if waiting, found := l.waiting[task.ID]; found {
		waiting <- at
	}
	if len(l.seen) == l.target {
		l.reached <- at
	}
}

func (l *ledger) all(count int) <-chan time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.target = count
	l.reached = make(chan time.Time, 1)
	return l.reached
}

func (l *ledger) one(id int) <-chan time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	waiting := make(chan time.Time, 1)
	l.waiting[id] = waiting
	return waiting
}

func (l *ledger) check(stage string, expected int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.seen) != expected || l.repeated > 0 {
		log.Fatalf("%s: handled %d of %d tasks, %d of them again", stage, len(l.seen), expected, l.repeated)
	}
}
