package ws

import (
	"sync"
	"time"
)

// linger is how long a worker's goroutine stays when there is nothing to do.
const linger = time.Second

// worker does what comes up, in a goroutine that is there only while something
// does: most connections have nothing to do most of the time, and a stack is a
// good part of what one costs.
type worker struct {
	do   func() // all that there is to do
	rest func() // called when the goroutine leaves, after a while of nothing; may be nil
	all  *sync.WaitGroup

	mu struct {
		sync.Mutex
		state workerState
		again bool // signalled while at work
		over  bool // stopped: nothing more is done
	}
	wake chan struct{}
}

type workerState uint8

const (
	absent workerState = iota
	atWork
	waiting
)

// signal says that there is something to do. It never waits.
func (w *worker) signal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.over {
		return
	}
	switch w.mu.state {
	case absent:
		w.mu.state = atWork
		if w.wake == nil {
			w.wake = make(chan struct{}, 1)
		}
		w.all.Add(1)
		go w.run()
	case waiting:
		w.mu.state = atWork
		w.wake <- struct{}{}
	case atWork:
		w.mu.again = true
	}
}

// stop lets the worker do nothing more than it is doing, whatever comes up, so that
// its goroutine leaves. It never waits.
func (w *worker) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.over = true
	if w.mu.state == waiting {
		w.mu.state = atWork
		w.wake <- struct{}{}
	}
}

func (w *worker) run() {
	defer w.all.Done()
	var timer *time.Timer
	for {
		w.do()
		w.mu.Lock()
		if w.mu.over {
			w.mu.Unlock()
			return
		}
		if w.mu.again {
			w.mu.again = false
			w.mu.Unlock()
			continue
		}
		w.mu.state = waiting
		w.mu.Unlock()
		if timer == nil {
			timer = time.NewTimer(linger)
		} else {
			timer.Reset(linger)
		}
		select {
		case <-w.wake:
			timer.Stop()
		case <-timer.C:
			if w.leave() {
				return
			}
			<-w.wake // signalled meanwhile
		}
		if w.stopped() {
			return
		}
	}
}

func (w *worker) stopped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.over
}

// leave ends the worker's waiting; false if it has been signalled.
func (w *worker) leave() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.state != waiting {
		return false
	}
	w.mu.state = absent
	if w.rest != nil {
		w.rest()
	}
	return true
}
