package pgwire

// # Notifications of an idle connection
//
// Its executor waits for the next message. To wake it for a notification would cost several
// times what writing the notification does (see package live, teller.go), so whoever tells
// that there is one writes it, as far as the socket takes it at once. The lock that the
// executor holds while it is at work says who may; who does not get it leaves a note, which
// the executor reads after it has let go of the lock.

// tell delivers notifications if the executor waits for a message. It never waits; what it
// cannot do it leaves to the executor.
func (c *conn) tell() {
	c.wanted.Store(true)
	for c.wanted.Load() && c.work.TryLock() {
		c.wanted.Store(false)
		all := true
		if !c.batch && !c.skipping {
			c.notifications()
			all = c.out.err != nil || c.out.now()
		}
		c.work.Unlock()
		if !all {
			c.in.kick() // the executor writes the rest, and waits for that
			return
		}
	}
}
