package live

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// Listen has notifications on a channel of a database queued, from the next
// commit on. Listening twice is listening once; a closed receiver hears nothing.
func (r *Receiver) Listen(database catalog.OID, name string) {
	h := r.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.isClosed() {
		return
	}
	c := channel{database, name}
	if h.mu.channels[c] == nil {
		h.mu.channels[c] = map[*Receiver]struct{}{}
	}
	h.mu.channels[c][r] = struct{}{}
	if r.channels == nil {
		r.channels = map[channel]struct{}{}
	}
	r.channels[c] = struct{}{}
}

// Unlisten undoes Listen; "*" undoes all of them. What is queued stays queued.
func (r *Receiver) Unlisten(name string) {
	if name == "*" {
		r.hub.unlistenAll(r)
		return
	}
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	for c := range r.channels {
		if c.name == name {
			r.hub.unlisten(r, c)
		}
	}
}

func (h *Hub) unlistenAll(r *Receiver) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range r.channels {
		h.unlisten(r, c)
	}
}

// unlisten removes one channel of a receiver. The hub's lock is held.
func (h *Hub) unlisten(r *Receiver, c channel) {
	delete(r.channels, c)
	if delete(h.mu.channels[c], r); len(h.mu.channels[c]) == 0 {
		delete(h.mu.channels, c)
	}
}

// notify queues a commit's notifications, behind its groups. The hub's lock is
// held.
func (h *Hub) notify(cs *tables.ChangeSet) {
	if len(h.mu.channels) == 0 {
		return
	}
	for _, n := range cs.Notifications {
		e := &Notification{Channel: n.Channel, Payload: n.Payload, PID: n.PID}
		h.work.untoldBytes += e.bytes()
		for r := range h.mu.channels[channel{n.Database, n.Channel}] {
			h.later(r)
			if !r.pushNotification(e) {
				for c := range r.channels {
					h.unlisten(r, c)
				}
			}
		}
	}
}

// pushNotification queues a notification, of which the receiver is to be told
// afterwards; false when it does not take them and its channels have ended.
func (r *Receiver) pushNotification(e *Notification) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.closed {
		return true
	}
	if r.mu.notes > 0 && r.mu.notes+e.bytes() > r.hub.queueBytes() {
		r.mu.queue = append(r.mu.queue, &End{Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonSlowConsumer,
			Message: "the session does not keep up with its notifications and no longer listens"})
		return false
	}
	r.mu.notes += e.bytes()
	r.mu.queue = append(r.mu.queue, e)
	return true
}
