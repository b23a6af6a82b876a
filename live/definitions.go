package live

import (
	"log/slog"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// definitions ends the subscriptions that a change of definitions leaves
// without meaning or without right. It runs after the commit's own groups, so
// that the last state before the change has been told. The hub's lock is held.
func (h *Hub) definitions(cs *tables.ChangeSet) {
	for oid := range h.mu.routes {
		if slices.Contains(cs.Dropped, oid) {
			h.eachFlow(oid, func(f *flow) { h.endFlow(f, droppedEnd(f)) })
			continue
		}
		if cs.Catalog == nil || !slices.Contains(cs.Altered, oid) {
			continue
		}
		table := cs.Catalog.Table(oid)
		h.eachFlow(oid, func(f *flow) {
			if table == nil {
				h.endFlow(f, droppedEnd(f))
				return
			}
			if !f.means(table) {
				h.endFlow(f, alteredEnd(f))
			}
		})
	}
	if cs.Catalog == nil {
		return
	}
	for _, s := range h.mu.subs {
		if len(s.flow.views) > 0 {
			if end := s.flow.throughViews(cs.Catalog); end != nil {
				h.endHeld(s, end)
				continue
			}
		}
		if !h.answers(s.request.Means, cs.Catalog) {
			end := alteredEnd(s.flow)
			end.anew = true // what it was shown is not what it would be shown now
			h.endHeld(s, end)
			continue
		}
		if !h.answers(s.request.Allowed, cs.Catalog) {
			h.endHeld(s, &End{Code: sqlerr.InsufficientPrivilege, Reason: ReasonPermissionRevoked,
				Message: "permission denied for table " + s.flow.name()})
		}
	}
}

// answers asks whether the subscriber may still read, or the query still means the
// same. An answer that cannot be had is no.
func (h *Hub) answers(question func(*catalog.Catalog) bool, cat *catalog.Catalog) (ok bool) {
	if question == nil {
		return true
	}
	defer func() {
		if p := recover(); p != nil {
			h.opts.Logger.Error("panic while a definition was looked at", slog.Any("panic", p))
			ok = false
		}
	}()
	return question(cat)
}

// eachFlow calls do for every dataflow over a table; do may end it.
func (h *Hub) eachFlow(oid catalog.OID, do func(*flow)) {
	var all []*flow
	for _, s := range h.mu.routes[oid] {
		all = append(append(all, s.always...), s.told...)
		for _, x := range s.indexes {
			for _, flows := range x.flows {
				for _, f := range flows {
					if !slices.Contains(all, f) {
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

func droppedEnd(f *flow) *End {
	return &End{Code: sqlerr.UndefinedTable, Reason: ReasonTableDropped,
		Message: `table "` + f.name() + `" was dropped`}
}

func alteredEnd(f *flow) *End {
	return &End{Code: sqlerr.ObjectNotInPrerequisiteState, Reason: ReasonTableAltered,
		Message: `table "` + f.name() + `" was altered and the query no longer means the same`}
}
