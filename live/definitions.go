package live

import (
	"log/slog"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// doomed lists the subscriptions that a change of definitions leaves without meaning or
// without right, with their ends. What else the commit does is not told to them: it would
// make a state that is no result of the query, neither as it was nor as it is, under a cursor
// that leads on. The hub's lock is held.
func (h *Hub) doomed(cs *tables.ChangeSet) map[*Subscription]*End {
	if cs.Catalog == nil && !redefines(cs) {
		return nil
	}
	doomed := map[*Subscription]*End{}
	doom := func(f *flow, end *End) {
		if f.planned(cs) {
			return
		}
		for _, s := range f.subs {
			own := *end
			doomed[s] = &own
		}
	}
	for oid := range h.mu.routes {
		if slices.Contains(cs.Dropped, oid) {
			h.eachFlow(oid, func(f *flow) { doom(f, droppedEnd(f.nameOf(oid))) })
			continue
		}
		if cs.Catalog == nil || !slices.Contains(cs.Altered, oid) {
			continue
		}
		table := cs.Catalog.Table(oid)
		h.eachFlow(oid, func(f *flow) {
			switch {
			case table == nil:
				doom(f, droppedEnd(f.nameOf(oid)))
			case slices.Contains(cs.Rekeyed, oid) || !f.stillMeans(table):
				doom(f, alteredEnd(alteredName(cs, table)))
			}
		})
	}
	if cs.Catalog == nil {
		return doomed
	}
	for _, s := range h.mu.subs {
		if doomed[s] != nil || cs.Seq <= s.request.AsOf {
			continue
		}
		if end := h.redefined(s, cs.Catalog); end != nil {
			doomed[s] = end
		}
	}
	return doomed
}

// redefined says why a subscription ends with other definitions than those of its table; nil:
// it goes on.
func (h *Hub) redefined(s *Subscription, cat *catalog.Catalog) *End {
	if len(s.flow.views) > 0 {
		if end := s.flow.throughViews(cat); end != nil {
			return end
		}
	}
	if s.request.Means != nil && !h.answers(func() bool { return s.request.Means(cat) }) {
		end := alteredEnd(s.flow.name())
		end.anew = true // what it was shown is not what it would be shown now
		return end
	}
	return h.revoked(s, cat)
}

// definitions ends the subscriptions that are doomed, and has the others use their tables as
// they are from now on. The hub's lock is held.
func (h *Hub) definitions(cs *tables.ChangeSet, doomed map[*Subscription]*End) {
	for s, end := range doomed {
		h.endHeld(s, end)
	}
	if cs.Catalog == nil {
		return
	}
	for oid := range h.mu.routes {
		if table := cs.Catalog.Table(oid); table != nil && slices.Contains(cs.Altered, oid) {
			h.eachFlow(oid, func(f *flow) { f.adopt(table) })
		}
	}
}

// emptied ends the dataflows over tables that a commit has emptied as a whole while they came
// to be: which rows have gone cannot be told any more.
func (h *Hub) emptied(cs *tables.ChangeSet) { h.endUntold(cs, cs.Truncated, "was truncated") }

// untold ends the dataflows over tables of which a commit has changed more than can be told.
func (h *Hub) untold(cs *tables.ChangeSet) {
	h.endUntold(cs, cs.Untold, "was changed by too large a transaction")
}

func (h *Hub) endUntold(cs *tables.ChangeSet, of []catalog.OID, what string) {
	for _, oid := range of {
		h.eachFlow(oid, func(f *flow) {
			if !f.planned(cs) {
				h.endWhole(f, what)
			}
		})
	}
}

func (h *Hub) endWhole(f *flow, what string) {
	end := alteredEnd(f.name())
	end.Message, end.anew = `table "`+f.name()+`" `+what, true
	h.endFlow(f, end)
}

// Watches implements tables.Watcher: whether any live query is over a table.
func (h *Hub) Watches(oid catalog.OID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watches(oid)
}

// alteredName is the name of the table whose alteration reached another: its own, or that
// of the partitioned table that it is a part of.
func alteredName(cs *tables.ChangeSet, table *catalog.Table) string {
	name := table.Name
	for _, above := range cs.Catalog.Ancestors(table) {
		if slices.Contains(cs.Altered, above.OID) {
			name = above.Name
		}
	}
	return name
}

// revoked says why the subscriber may not read any more; nil: it may.
func (h *Hub) revoked(s *Subscription, cat *catalog.Catalog) *End {
	if s.request.Allowed == nil {
		return nil
	}
	message := "permission denied for table " + s.flow.name()
	if h.answers(func() bool {
		err := s.request.Allowed(cat)
		if err != nil {
			message = sqlerr.From(err).Message
		}
		return err == nil
	}) {
		return nil
	}
	return &End{Code: sqlerr.InsufficientPrivilege, Reason: ReasonPermissionRevoked, Message: message}
}

// answers asks about a subscriber. An answer that cannot be had is no.
func (h *Hub) answers(question func() bool) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			h.opts.Logger.Error("panic while a definition was looked at", slog.Any("panic", p))
			ok = false
		}
	}()
	return question()
}

// eachFlow calls do for every dataflow over a table; do may end it.
func (h *Hub) eachFlow(oid catalog.OID, do func(*flow)) {
	var all []*flow
	h.mu.listed++
	for _, s := range h.mu.routes[oid] {
		all = append(append(all, s.always...), s.told...)
		for _, x := range s.indexes {
			for _, flows := range x.flows {
				for _, f := range flows {
					if f.listed != h.mu.listed { // IN has it under several values
						f.listed = h.mu.listed
						all = append(all, f)
					}
				}
			}
		}
	}
	for _, f := range all {
		do(f)
	}
}

func droppedEnd(table string) *End {
	return &End{Code: sqlerr.UndefinedTable, Reason: ReasonTableDropped,
		Message: `table "` + table + `" was dropped`}
}

func alteredEnd(table string) *End {
	return &End{Code: sqlerr.ObjectNotInPrerequisiteState, Reason: ReasonTableAltered,
		Message: `table "` + table + `" was altered and the query no longer means the same`}
}
