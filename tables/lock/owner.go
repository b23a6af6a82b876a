package lock

// Grant is a lock that an owner has, in one mode.
type Grant struct {
	Name string
	Bit  uint16
}

// Grants lists what an owner has been granted, in order.
func (o *Owner) Grants() []Grant {
	list := make([]Grant, len(o.taken))
	for i, t := range o.taken {
		list[i] = Grant{t.name, t.bit}
	}
	return list
}

// Detach makes an owner one of its own, of no session: what the session does from now on
// conflicts with what the owner has. It does not wait for anything.
func (t *Table) Detach(o *Owner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.ID, o.Session = 0, nil
}

// Restore gives an owner what it had before the table was made; nobody else may have
// been given anything that conflicts with it.
func (t *Table) Restore(o *Owner, grants []Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range grants {
		s := t.mu.locks[g.Name]
		if s == nil {
			s = t.newState()
			t.mu.locks[g.Name] = s
		}
		if s.idle {
			s.idle = false
			t.mu.idle--
		}
		s.give(o, g.Name, Mode{Bit: g.Bit})
	}
}
