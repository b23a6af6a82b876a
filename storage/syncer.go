package storage

// runSyncer is the syncer: it finishes commits in order, those that no committer
// finishes itself, until Close has seen the last one.
func (e *Engine) runSyncer() {
	defer e.goroutines.Done()
	var batch []queuedCommit
	for {
		batch = e.takeQueue(batch)
		if len(batch) == 0 {
			return
		}
		for i := range batch {
			e.finish(&batch[i])
		}
		clear(batch)
		e.rest()
	}
}

// takeQueue waits for commits and takes all there are, leaving spare in place of
// the queue. None means that the engine is stopping.
func (e *Engine) takeQueue(spare []queuedCommit) []queuedCommit {
	c := &e.commit
	c.Lock()
	defer c.Unlock()
	for c.finishing || len(c.queue) == 0 && !c.stop {
		c.notEmpty.Wait()
	}
	batch := c.queue
	c.queue = spare[:0]
	c.finishing, c.taken = true, len(batch)
	return batch
}

// rest is called by whoever has finished what it took.
func (e *Engine) rest() {
	c := &e.commit
	c.Lock()
	defer c.Unlock()
	c.finishing, c.taken = false, 0
	if c.full > 0 {
		c.notFull.Broadcast()
	}
	if len(c.queue) > 0 || c.stop {
		c.notEmpty.Signal()
	}
}

// finish waits until the commit is durable, publishes it and wakes its
// committer; or tells the committer that it never will be.
func (e *Engine) finish(q *queuedCommit) {
	if q.pebble != nil {
		if err := q.pebble.SyncWait(); err != nil {
			e.fault.breakLog(err)
		} else {
			// Closing an applied batch only returns it to Pebble's pool.
			_ = q.pebble.Close()
		}
	}
	var err error
	// The fault is recorded before the failing sync returns to Pebble, hence
	// before the SyncWait above returns.
	if e.fault.logBroken.Load() {
		err = e.fault.get()
		e.failDurable()
	} else {
		if q.payload != nil && e.opts.Publish != nil {
			e.opts.Publish(q.seq, q.payload)
		}
		e.advanceDurable(q.seq)
	}
	if q.waiter != nil {
		q.waiter.done <- err
	}
}

// runFaultWatch wakes committers that wait for room once there is a fault. The
// fault itself may be raised under any lock, so it cannot do so.
func (e *Engine) runFaultWatch() {
	defer e.goroutines.Done()
	select {
	case <-e.fault.raised:
		e.commit.Lock()
		e.commit.notFull.Broadcast()
		e.commit.Unlock()
	case <-e.ctx.Done():
	}
}
