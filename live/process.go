package live

import (
	"cmp"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// work is what the worker needs while it processes a commit, kept to be used
// again.
type work struct {
	flows     []*flow
	receivers []*Receiver
	cursor    string
	// evaluated counts the dataflows that were run.
	evaluated int64
	// untold are the receivers that have been given something and not been told of it,
	// since a time, and so many commits with so many bytes of changes.
	untold        []*Receiver
	untoldSince   time.Time
	untoldCommits int
	untoldBytes   int
}

const (
	// toldTogether is of how many commits receivers are told together when the worker
	// lags behind. Told of each, they would all wake for each, and send it alone.
	toldTogether = 32
	// toldBytes is how many bytes of changes at most.
	toldBytes = 128 << 10
	// toldWithin is how long they may wait for costly queries of others.
	toldWithin = time.Millisecond
)

// later notes that a receiver is to be told that it has something. The hub's lock is
// held, as it is for tell.
func (h *Hub) later(r *Receiver) {
	if !r.untold {
		r.untold = true
		if len(h.work.untold) == 0 {
			h.work.untoldSince = time.Now()
		}
		h.work.untold = append(h.work.untold, r)
	}
}

// tell tells the receivers that have been given something.
func (h *Hub) tell() {
	w := &h.work
	for _, r := range w.untold {
		r.untold = false
		r.signal()
	}
	clear(w.untold)
	w.untold, w.untoldCommits, w.untoldBytes = w.untold[:0], 0, 0
}

// touch has a dataflow run for a commit.
func (w *work) touch(f *flow, seq storage.Seq) {
	if f.touched != seq {
		f.touched = seq
		w.flows = append(w.flows, f)
	}
}

// process queues what one commit does: groups, then the ends that changed
// definitions bring, then notifications. Nothing in it can fail the commit. A
// panic in a dataflow ends that dataflow's subscriptions; one anywhere else
// ends all that the commit may have concerned, since a group must not be lost
// in silence. With more of them to come receivers may be told later.
func (h *Hub) process(cs *tables.ChangeSet, more bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.advance(cs.Seq)
	defer func() {
		w := &h.work
		if w.untoldCommits++; !more || w.untoldCommits >= toldTogether || w.untoldBytes >= min(toldBytes, h.queueBytes()/8) || len(w.untold) > 0 && time.Since(w.untoldSince) > toldWithin {
			h.tell()
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			h.abandon(cs, sqlerr.Internal("panic while publishing a commit: %v\n%s", p, debug.Stack()))
		}
	}()
	h.work.cursor = ""
	h.emptied(cs)
	doomed := h.doomed(cs)
	h.changes(cs, doomed)
	h.definitions(cs, doomed)
	if len(cs.Notifications) > 0 {
		h.notify(cs)
	}
}

// abandon ends the subscriptions to every table that a commit has changed, and
// forgets what was half done.
func (h *Hub) abandon(cs *tables.ChangeSet, err error) {
	w := &h.work
	for _, f := range w.flows {
		f.pending = nil
	}
	for _, r := range w.receivers {
		r.touched = nil
	}
	w.flows, w.receivers = nil, nil
	end := h.failed(err)
	for i := range cs.Changes {
		if i == 0 || cs.Changes[i].Table != cs.Changes[i-1].Table {
			h.eachFlow(cs.Changes[i].Table.OID, func(f *flow) { h.endFlow(f, end) })
		}
	}
	for _, whole := range cs.Whole {
		h.eachFlow(whole.Table.OID, func(f *flow) { h.endFlow(f, end) })
	}
}

// cursorOf gives the commit's cursor, made at first use.
func (h *Hub) cursorOf(cs *tables.ChangeSet) string {
	if h.work.cursor == "" {
		h.work.cursor = EncodeCursor(h.epoch(), cs.Seq)
	}
	return h.work.cursor
}

// changes routes a commit's changes to dataflows, runs each once, and queues
// the groups: one event per receiver with all its subscriptions in it, in the
// order in which they were made, without those that are doomed.
func (h *Hub) changes(cs *tables.ChangeSet, doomed map[*Subscription]*End) {
	if len(h.mu.routes) == 0 {
		return
	}
	if err := cs.Unpack(h.watches); err != nil {
		h.abandon(cs, err)
		return
	}
	h.untold(cs)
	h.arrange(cs)
	defer h.arranged(cs.Seq)
	w := &h.work
	for i := range cs.Changes {
		ch := &cs.Changes[i]
		h.mu.routes.candidates(ch, func(f *flow) {
			if f.planned(cs) {
				return
			}
			if n := len(f.pending); n > 0 && f.pending[n-1] == ch {
				return
			}
			w.touch(f, cs.Seq)
			f.pending = append(f.pending, ch)
		})
	}
	for _, f := range w.flows {
		if f.view != nil {
			for _, a := range f.view.told {
				f.pending = append(f.pending, a.pending...)
			}
		}
		w.evaluated++
		h.turn(f) // what time has done comes before what the commit does
		h.steps.begin(f)
		delta, altered, err := f.delta(f.context, cs.Seq, f.pending)
		err = h.steps.end(f, err)
		clear(f.pending)
		f.pending = f.pending[:0]
		switch {
		case altered:
			h.endFlow(f, alteredEnd(f.name()))
		case err != nil:
			h.endFlow(f, h.failed(err))
		case delta != nil:
			w.untoldBytes += delta.bytes
			for _, s := range f.subs {
				if doomed[s] != nil {
					continue
				}
				r := s.receiver
				if len(r.touched) == 0 {
					w.receivers = append(w.receivers, r)
				}
				r.touched = append(r.touched, Part{Sub: s, Delta: delta})
			}
		}
		h.arm(f)
	}
	clear(w.flows)
	w.flows = w.flows[:0]
	for _, r := range w.receivers {
		if len(r.touched) > 1 {
			slices.SortFunc(r.touched, func(a, b Part) int { return cmp.Compare(a.Sub.num, b.Sub.num) })
		}
		for _, s := range r.push(cs.Seq, h.cursorOf(cs), r.touched, false) {
			h.remove(s)
		}
		h.later(r)
		clear(r.touched)
		if r.touched = r.touched[:0]; cap(r.touched) > 64 {
			r.touched = nil
		}
	}
	clear(w.receivers)
	w.receivers = w.receivers[:0]
}

// watches says whether any dataflow or arrangement is over a table.
func (h *Hub) watches(oid catalog.OID) bool {
	return h.mu.routes[oid] != nil || len(h.mu.arrangements.byTable[oid]) > 0
}

// endFlow ends all subscriptions of a dataflow alike.
func (h *Hub) endFlow(f *flow, e *End) {
	for len(f.subs) > 0 {
		end := *e
		h.endHeld(f.subs[0], &end)
	}
}

// failed makes the end of a subscription whose query failed.
func (h *Hub) failed(err error) *End {
	var end *End
	if errors.As(err, &end) {
		return end
	}
	e := sqlerr.From(err)
	if e.Code == sqlerr.InternalError {
		h.opts.Logger.Error("a live query failed", slog.Any("error", err))
	}
	return endWith(nil, ReasonError, e)
}
