package ws

import "sync"

// worker does what comes up, in a goroutine that is there only while something
// does: most connections have nothing to do most of the time, and a stack is a
// good part of what one costs. It stays for a while when there is nothing to do,
// until it has been swept twice: a timer of its own would cost each message more
// than the waiting.
type worker struct {
	do  func() // all that there is to do
	all *sync.WaitGroup

	mu struct {
		sync.Mutex
		state workerState
		again bool // signalled while at work
		swept bool // since it waits
		over  bool // stopped: nothing more is done
	}
	wake chan struct{} // capacity 1
}

type workerState uint8

const (
	absent workerState = iota
	atWork
	waiting
	leaving
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
	case atWork, leaving:
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
		w.mu.state, w.mu.swept = waiting, false
		w.mu.Unlock()
		<-w.wake
		if w.leaves() {
			return
		}
	}
}

// leaves says whether the goroutine has been woken in order to leave.
func (w *worker) leaves() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.state == leaving {
		w.mu.state = absent
		if w.mu.again && !w.mu.over {
			w.mu.again, w.mu.state = false, atWork // signalled meanwhile
		}
	}
	return w.mu.state == absent || w.mu.over
}

// sweep lets the goroutine leave that has been waiting since the last sweep.
func (w *worker) sweep() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.state != waiting {
		return
	}
	if !w.mu.swept {
		w.mu.swept = true
		return
	}
	w.mu.state = leaving
	w.wake <- struct{}{}
}
