package lock

// Grant is a lock that an owner has, in one mode: by its name if it is a named one,
// or by the hash of its name.
type Grant struct {
	Name string
	Hash uint64
	Bit  uint16
}

// Grants lists what an owner has been granted, in order.
func (t *Table) Grants(o *Owner) []Grant {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Grant, len(o.taken))
	for i, g := range o.taken {
		list[i] = Grant{Hash: uint64(g.id), Bit: g.bit}
		if g.id&named != 0 {
			list[i].Name = t.mu.locks[g.id].name
		}
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

// Restore gives an owner what it had before the table was made, which has adopted the
// secret of that time; nobody else may have been given anything that conflicts with it.
// The bound of the table does not count.
func (t *Table) Restore(o *Owner, grants []Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func(max int) { t.max = max }(t.max)
	t.max = 0
	for _, g := range grants {
		at := id(g.Hash)
		if g.Name != "" {
			at = t.id(g.Name)
		}
		t.grant(o, at, g.Name, Mode{Bit: g.Bit})
	}
}
